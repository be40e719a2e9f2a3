// What the ternary weights are: how many of each trit, how even, at which scale; by layer and by what a matrix does.

import { useSignal } from '@preact/signals'
import type { Finding, Report, Stats } from '../../protocol'
import { local } from '../files'
import { bytes, percent } from '../format'
import { icons } from '../icons'
import { Command } from '../parts/command'
import { quote } from '../parts/shell'
import { Digest } from '../parts/digest'
import { FaultBox } from '../parts/fault'
import { Findings } from '../parts/findings'
import { ProgressBox } from '../parts/progress'
import type { Session } from '../session'
import { Title } from '../shell'
import { Heat } from './heat'
import { Histogram } from './histogram'
import { Layers } from './layers'
import { Ratio } from './ratio'

export function Lens({ s }: { s: Session }) {
  const state = s.stats.state.value
  const snap = useSignal('')
  const start = () => s.stats.start((tell, signal) =>
    s.run('show', { stats: true, ...(snap.value ? { snap: snap.value } : {}) }, tell, signal))
  const floats = ['bf16', 'f16', 'f32'].includes(s.report.file_type)
  return (
    <>
      <Title section="lens" lead="How many weights are −1, 0 and +1, how evenly, and at which scale, layer by layer." />
      {state.is === 'idle' && (
        <div class="card ask">
          <p>This reads the weights: {local(s.model) ? `all ${bytes(s.report.bytes)} from your disk` : <>it downloads all {bytes(s.report.bytes)}</>}. Nothing is written.</p>
          {floats && (
            <label class="select-label">Snap floats that nothing declares ternary
              <select class="select" value={snap.value} onChange={e => (snap.value = e.currentTarget.value)}>
                <option value="">as the model declares</option><option>absmean</option><option>nonzero-mean</option>
              </select>
            </label>
          )}
          <div class="actions"><button type="button" class="button primary" onClick={start}><icons.lens />Read the weights</button></div>
        </div>
      )}
      {state.is === 'running' && <div class="card"><ProgressBox state={state} what="Reading the weights" cancel={() => s.stats.cancel()} /></div>}
      {state.is === 'failed' && <FaultBox fault={state.fault} title="The weights cannot be read"><button type="button" class="button" onClick={() => s.stats.cancel()}>Back</button></FaultBox>}
      {state.is === 'done' && <Seen report={state.value} known={s.report.findings} />}
      <Command line={`trit show ${quote(s.model.label)} --stats${snap.value ? ` --snap ${snap.value}` : ''}${s.flags}`} />
    </>
  )
}

function Seen({ report, known }: { report: Report; known: Finding[] }) {
  const stats = report.stats
  // What headers told is in the overview; here is what the weights added.
  const found = report.findings.filter(f => !known.some(k => k.code === f.code && k.tensor === f.tensor && k.message === f.message))
  if (!stats || stats.tensors.length === 0) {
    return <p class="card empty">There are no ternary weights in this file, or its architecture is not known. Floats that nothing declares ternary can be looked at with a snap rule.</p>
  }
  return (
    <>
      <div class="card">
        <Ratio stats={stats} />
        <dl class="facts small">
          <div><dt>Sparsity</dt><dd>{percent(stats.sparsity)}<span class="fact-note">of the weights are 0</span></dd></div>
          <div><dt>Entropy</dt><dd>{stats.entropy.toFixed(4)} bits<span class="fact-note">of at most 1.5850 a weight</span></dd></div>
          <div><dt>Dead rows, columns</dt><dd>{dead(stats)}<span class="fact-note">all of whose weights are 0</span></dd></div>
        </dl>
        <Digest label="trit hash" value={stats.trit_hash} why="Of the codes alone: the same in i2_s, tq1_0, tq2_0, q2_0, packed and snapped floats." />
      </div>
      {found.length > 0 && <section aria-labelledby="found"><h2 id="found">Findings</h2><div class="card"><Findings list={found} /></div></section>}
      <Heat stats={stats} report={report} />
      <Layers stats={stats} />
      {stats.tensors.some(t => t.histogram) && <Histogram stats={stats} />}
    </>
  )
}

const dead = (s: Stats): string => {
  const sum = (f: (t: Stats['tensors'][0]) => number) => s.tensors.reduce((n, t) => n + f(t), 0)
  return `${sum(t => t.dead_rows ?? 0)}, ${sum(t => t.dead_columns ?? 0)}`
}
