// Whether the model is sound: a reading of every byte, or of the headers alone, and what was found.

import { useSignal } from '@preact/signals'
import type { Verification } from '../protocol'
import { bytes, plural, seconds } from './format'
import { local } from './files'
import { icons } from './icons'
import { Command } from './parts/command'
import { quote } from './parts/shell'
import { Digest } from './parts/digest'
import { FaultBox } from './parts/fault'
import { Findings } from './parts/findings'
import { ProgressBox } from './parts/progress'
import type { Session } from './session'
import { Title } from './shell'

export function Verify({ s }: { s: Session }) {
  const quick = useSignal(false)
  const state = s.verify.state.value
  const start = () => s.verify.start((tell, signal) => s.run('verify', quick.value ? { quick: true } : {}, tell, signal))
  return (
    <>
      <Title section="verify" lead="Structure, ranges, ternary codes, scales and hashes: every byte that a runtime would trust." />
      {state.is === 'idle' && (
        <div class="card ask">
          <p>This reads {local(s.model) ? `all ${bytes(s.report.bytes)} from your disk` : <>and downloads all {bytes(s.report.bytes)}</>}. Nothing is written.</p>
          <label class="check"><input type="checkbox" checked={quick.value} onChange={e => (quick.value = e.currentTarget.checked)} />Headers only (<code>--quick</code>)</label>
          <div class="actions"><button type="button" class="button primary" onClick={start}><icons.verify />Verify</button></div>
        </div>
      )}
      {state.is === 'running' && <div class="card"><ProgressBox state={state} what="Verifying" cancel={() => s.verify.cancel()} /></div>}
      {state.is === 'failed' && <FaultBox fault={state.fault} title="Verifying ended early"><button type="button" class="button" onClick={start}>Try again</button></FaultBox>}
      {state.is === 'done' && <Verdict s={s} v={state.value} took={state.seconds} again={() => s.verify.cancel()} />}
      <Command line={`trit verify ${quote(s.model.label)}${quick.value ? ' --quick' : ''}${s.flags}`} />
    </>
  )
}

function Verdict({ s, v, took, again }: { s: Session; v: Verification; took: number; again(): void }) {
  const errors = v.findings.filter(f => f.severity === 'error').length, warnings = v.findings.filter(f => f.severity === 'warning').length
  const Icon = v.ok ? (warnings ? icons.warning : icons.done) : icons.error
  const name = `${s.model.label.replace(/.*\//, '')}.verify.json`
  return (
    <>
      <div class={`banner ${v.ok ? (warnings ? 'warning' : 'good') : 'error'}`} role="status">
        <Icon />
        <div>
          <p class="banner-title">{v.ok ? (warnings ? `Sound, with ${plural(warnings, 'warning')}` : 'Sound') : `Not sound: ${plural(errors, 'error')}`}</p>
          <p>{bytes(v.bytes)} in {seconds(took)}, {bytes(v.bytes / Math.max(took, 0.001))}/s.</p>
        </div>
      </div>
      {v.trit_hash && <Digest label="trit hash" value={v.trit_hash} why="Equal for the same codes in whatever type." />}
      {v.findings.length > 0 && (
        <section aria-labelledby="found"><h2 id="found">Findings</h2><div class="card"><Findings list={v.findings} /></div></section>
      )}
      <div class="actions">
        <a class="button" download={name} href={report(v)}><icons.down />Download the report (JSON)</a>
        <button type="button" class="button quiet" onClick={again}>Verify again</button>
      </div>
    </>
  )
}

// The report is small: a data URL leaves nothing to release.
const report = (v: Verification): string => `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(v, null, 2))}`
