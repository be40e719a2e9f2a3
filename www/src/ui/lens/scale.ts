// Axes: which numbers are marked, and where a value lies.

export interface Axis { low: number; high: number; ticks: number[] }

/** Round steps of 1, 2 or 5 times a power of ten, at most `most` of them; whole where only whole numbers mean something. */
export function axis(low: number, high: number, most: number, whole = false): Axis {
  const raw = (high - low) / Math.max(1, most) || 1
  const power = 10 ** Math.floor(Math.log10(raw))
  let step = power * ([1, 2, 5, 10].find(m => m * power >= raw * 0.999) ?? 10)
  if (whole) step = Math.max(1, Math.round(step))
  const ticks: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step || 0) // no -0
  return { low, high, ticks }
}

/** Room around lines; all alike gets a range in which it is the middle. */
export function padded(values: number[]): [number, number] {
  const low = Math.min(...values), high = Math.max(...values)
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1
  return [low - room, high + room]
}

/** The index of the value that is closest to x; values rise. */
export function closest(values: number[], x: number): number {
  let at = 0
  values.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(values[at]! - x)) at = i })
  return at
}
