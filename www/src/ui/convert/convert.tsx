// Conversion: choose, see exactly what will come out and who will load it, then write.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { local } from '../files'
import { bytes } from '../format'
import { Command } from '../parts/command'
import { FaultBox } from '../parts/fault'
import { ProgressBox } from '../parts/progress'
import type { Session } from '../session'
import { Title } from '../shell'
import { Finished } from './finished'
import { Choose } from './choose'
import { PlanView } from './plan'
import { Saving } from './saving'
import { command, options, outputName, typeOf, type Wish } from './targets'

export function Convert({ s }: { s: Session }) {
  const wish = s.wish
  const work = s.convert.state.value
  const planned = s.plan.state.value
  // The plan follows the choices; the last one stays in sight while the next is made.
  const shown = useSignal(s.plan.value)
  const plan = () => s.plan.start((tell, signal) => s.run('plan', options(wish.value), tell, signal)).then(() => { if (s.plan.value) shown.value = s.plan.value })
  const choose = (change: Partial<Wish>) => {
    wish.value = { ...wish.value, ...change }
    void plan()
  }
  useEffect(() => {
    if (s.plan.state.peek().is === 'idle') void plan()
  }, [])
  const p = shown.value
  const type = wish.value.type || (p ? typeOf(p) : '')
  const name = outputName(s.model.label, type || 'converted')
  const outputs = p?.files ?? [{ name, bytes: p?.bytes ?? null }]
  return (
    <>
      <Title section="convert" lead="Codes are kept exactly, whatever the type. You see the plan before anything is written." />
      {work.is === 'running' ? (
        <div class="card">
          <ProgressBox state={work} what={`Writing ${name}`} cancel={() => s.convert.cancel()}
            detail={p && work.progress && work.progress.tensor >= 0 ? p.plan[work.progress.tensor]?.tensor : undefined} />
        </div>
      ) : work.is === 'done' ? (
        <Finished s={s} written={work.value} name={name} what="Converted" again={() => s.convert.cancel()} />
      ) : (
        <>
          <Choose s={s} wish={wish.value} type={type} fault={planned.is === 'failed' ? planned.fault : null} onChange={choose} />
          {planned.is === 'failed' && <FaultBox fault={planned.fault} title="This cannot be written" />}
          {planned.is !== 'failed' && p && (
            <div class={planned.is === 'running' ? 'stale' : ''} aria-busy={planned.is === 'running'}>
              <PlanView plan={p} source={s.report.bytes} type={type} />
              <section aria-labelledby="write">
                <h2 id="write" tabIndex={-1}>Write it</h2>
                {work.is === 'failed' && <FaultBox fault={work.fault} title="The conversion ended early; nothing of it was left behind" />}
                <Saving size={p.bytes} name={name} folder={!!p.files} verb="Convert"
                  note={local(s.model) ? undefined : `This downloads the weights first: ${bytes(s.report.bytes)}.`}
                  onStart={sink => void s.convert.start((tell, signal) => s.write('convert', options(wish.value), outputs, sink, tell, signal))} />
              </section>
            </div>
          )}
          {planned.is === 'running' && !p && <p class="card empty" role="status">Making the plan…</p>}
        </>
      )}
      <Command line={command(s.model.label, { ...wish.value, type }, name) + s.flags} />
    </>
  )
}
