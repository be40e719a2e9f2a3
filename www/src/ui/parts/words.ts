// The engine's words as sentences of the page.

const packages = /^(?:checkpoint|convert|dtype|gguf|inspect|json|model|safetensors|tensor|ternary|tokenizer|guest): /

/** Without the package that speaks, which says nothing here, and with a capital where it begins with a word. */
export const sentence = (message: string): string => capital(message.replace(packages, ''))

/** A name or a command at the beginning stays as it is typed. */
export const capital = (s: string): string => (/^[a-z²]+(?:[ ,;:]|$)/.test(s) && !s.startsWith('trit ') ? s.charAt(0).toUpperCase() + s.slice(1) : s)
