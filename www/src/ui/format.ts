// Numbers for people: bytes in the units that `trit` prints, counts, shapes, times. One place, so that all sections agree.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** 1185628256 → "1.10 GiB", as the command prints it. */
export function bytes(n: number): string {
  let unit = 0
  for (; n >= 1024 && unit < units.length - 1; unit++) n /= 1024
  return `${unit === 0 ? n : n.toFixed(n < 100 ? 2 : 1)} ${units[unit]}`
}

/** 2412820480 → "2,412,820,480", whatever the browser's language: numbers are to be compared with the command's. */
export const count = (n: number): string => n.toLocaleString('en-US')

/** 2412820480 → "2.41 billion": how large a model is, said in a word. */
export function short(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} billion`
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)} million`
  return count(n)
}

/** [128256, 2560] → "128,256 × 2,560", slowest dimension first. */
export const shape = (s: number[]): string => (s.length ? s.map(count).join(' × ') : 'single value')

/** 717910000 → "718 M", where there is room for little. */
export const compact = (n: number): string => Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(n)

export const elements = (s: number[]): number => s.reduce((a, b) => a * b, 1)

/** 0.311482 → "31.15 %". */
export const percent = (x: number, digits = 2): string => `${(x * 100).toFixed(digits)} %`

/** A figure of up to five digits that matter; strings ("NaN", beyond 2^53) stay what they are. */
export function figure(x: number | string): string {
  if (typeof x === 'string') return x
  if (x === 0) return '0'
  const a = Math.abs(x)
  return a >= 1e6 || a < 1e-4 ? x.toExponential(3) : String(Number(x.toPrecision(5)))
}

/** Seconds as "4.2 s" or "2 min 05 s". */
export function seconds(s: number): string {
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`
  const whole = Math.round(s)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** An offset in hexadecimal, grouped so that an eye can hold it: 0x2783 1f20. */
export function hex(n: number): string {
  const s = n.toString(16).padStart(8, '0')
  return s.replace(/(.)(?=(.{4})+$)/g, '$1 ')
}

export const plural = (n: number, one: string, many = one + 's'): string => `${count(n)} ${n === 1 ? one : many}`
