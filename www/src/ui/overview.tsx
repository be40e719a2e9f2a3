// The first look: what the model is, what it is made of, which applications load it, and what is worth knowing.

import type { Report, Value } from '../protocol'
import { bytes, count, plural, short } from './format'
import { icons } from './icons'
import { Findings } from './parts/findings'
import { Loads, summary } from './parts/loads'
import { layerOf, partOf, partOrder } from './parts-of'
import { link } from './route'
import { open, type Session } from './session'
import { local } from './files'

export function Overview({ s }: { s: Session }) {
  const r = s.report
  const known = r.loads.length > 0
  return (
    <>
      <header class="page-head">
        <p class="eyebrow">{r.format === 'gguf' ? 'GGUF' : r.format}</p>
        <h1 id="page-title" class="breaks">{r.name || s.model.label}</h1>
        {known && <p class="lead">{summary(r.loads)}.</p>}
      </header>
      <section class="card" aria-labelledby="facts">
        <h2 id="facts" class="visually-hidden">Summary</h2>
        <dl class="facts">
          {facts(r).map(([term, value, note]) => (
            <div key={term}><dt>{term}</dt><dd>{value}{note && <span class="fact-note">{note}</span>}</dd></div>
          ))}
        </dl>
        <Makeup r={r} />
        {r.file_type === 'i2_s' && s.gguf && <Layout s={s} />}
        {!local(s.model) && <p class="note"><icons.globe /> Only the header was read from {host(s)}; reading weights downloads them.</p>}
      </section>
      <section aria-labelledby="loads">
        <h2 id="loads">Which applications load it</h2>
        <div class="card flush"><Loads loads={r.loads} caption="Which applications load this model" /></div>
        {known && <p class="note">If the one you use refuses it, <a href={link('convert')}>convert</a> shows for each type what would load the result, before any work is done.</p>}
      </section>
      <section aria-labelledby="findings">
        <h2 id="findings">Findings</h2>
        <div class="card">
          {r.findings.length > 0 ? <Findings list={r.findings} /> : <p class="empty">The headers are in order.</p>}
          <p class="note">From headers alone. <a href={link('verify')}>Verify</a> reads every byte.</p>
        </div>
      </section>
    </>
  )
}

function host(s: Session): string {
  const source = s.inputs[0]!.source
  return source.kind === 'url' ? new URL(source.url).host : 'afar'
}

type Fact = [string, string, string?]

function facts(r: Report): Fact[] {
  const list: Fact[] = [['Architecture', r.arch], ['Parameters', short(r.parameters), count(r.parameters)], ['Size', bytes(r.bytes), `${count(r.bytes)} bytes`]]
  if (r.file_type) list.push(['Ternary weights', r.file_type, masters.includes(r.file_type) ? 'floats: a master' : undefined])
  const layers = new Set(r.tensors.map(t => layerOf(t.name)).filter(l => l >= 0)).size
  list.push(['Tensors', count(r.tensors.length), layers ? plural(layers, 'layer') : undefined])
  const tokens = vocabulary(r)
  if (tokens) list.push(['Tokens', count(tokens), text(r.metadata['tokenizer.ggml.pre'])])
  const context = r.metadata[`${r.arch}.context_length`]
  if (typeof context === 'number') list.push(['Context', plural(context, 'token')])
  return list
}

const masters = ['bf16', 'f16', 'f32']

const text = (v: Value | undefined): string | undefined => (typeof v === 'string' ? v : undefined)

// The vocabulary as the metadata lists it, else the rows of the embedding.
function vocabulary(r: Report): number {
  const tokens = r.metadata['tokenizer.ggml.tokens']
  if (tokens && typeof tokens === 'object' && 'len' in tokens) return tokens.len
  return r.tensors.find(t => partOf(t.name) === 'embedding')?.shape[0] ?? 0
}

// Three programs write i2_s in three layouts under one name, and no file says which: the person who has it may know.
function Layout({ s }: { s: Session }) {
  const now = String(s.reading['from-layout'] ?? 'x86')
  return (
    <label class="select-label layout">Read i2_s in the layout of <code>--from-layout</code>
      <select class="select" value={now} onChange={e => void open(s.model, { ...s.reading, 'from-layout': e.currentTarget.value })}>
        <option>x86</option><option>arm64</option><option>rows4</option>
      </select>
    </label>
  )
}

/** How many bytes each part of the model takes. */
function Makeup({ r }: { r: Report }) {
  const sums = partOrder.map(part => ({ part, bytes: r.tensors.filter(t => partOf(t.name) === part).reduce((n, t) => n + t.bytes, 0) })).filter(x => x.bytes > 0)
  const all = sums.reduce((n, x) => n + x.bytes, 0)
  if (all === 0) return null
  return (
    <figure class="makeup">
      <div class="makeup-bar" aria-hidden="true">
        {sums.map(x => <span key={x.part} class={`part-${x.part}`} style={{ '--share': x.bytes / all }} />)}
      </div>
      <figcaption>
        <ul class="legend">
          {sums.map(x => <li key={x.part}><span class={`swatch part-${x.part}`} aria-hidden="true" />{x.part} <strong>{bytes(x.bytes)}</strong></li>)}
        </ul>
      </figcaption>
    </figure>
  )
}
