// What a tensor's name says: its layer and what it does there. GGUF and Hugging Face name the same things differently.

export const kinds = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const
export type Kind = (typeof kinds)[number]

export const kindWords: Record<Kind, string> = {
  q: 'attention q', k: 'attention k', v: 'attention v', o: 'attention o', gate: 'ffn gate', up: 'ffn up', down: 'ffn down',
}

/** The layer in a name, or -1. */
export function layerOf(name: string): number {
  const m = /(?:^|\.)(?:blk|layers|h|block)\.(\d+)\./.exec(name)
  return m ? Number(m[1]) : -1
}

/** Which of the seven matrices of a layer a name is, or null. */
export function kindOf(name: string): Kind | null {
  const m = /attn_(q|k|v)\.|attn_(o)utput\.|ffn_(gate|up|down)\.|\b(q|k|v|o|gate|up|down)_proj\b/.exec(name)
  return m ? ((m[1] ?? m[2] ?? m[3] ?? m[4]) as Kind) : null
}

export type Part = 'embedding' | 'attention' | 'ffn' | 'norms' | 'head' | 'other'
export const partOrder: Part[] = ['embedding', 'attention', 'ffn', 'head', 'norms', 'other']

/** Which part of a model a tensor belongs to. */
export function partOf(name: string): Part {
  if (/norm/.test(name)) return 'norms'
  const kind = kindOf(name)
  if (kind) return kind === 'gate' || kind === 'up' || kind === 'down' ? 'ffn' : 'attention'
  if (/embd|embed_tokens|wte/.test(name)) return 'embedding'
  return /lm_head|^output\./.test(name) ? 'head' : 'other'
}
