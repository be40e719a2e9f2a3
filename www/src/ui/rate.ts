// How fast a job is and when it ends. Reading a file varies up to ten-fold with what else the machine does, so an end is
// foretold only when some seconds have gone by and the last ones were alike.

const window = 6 // seconds that are looked at
const alike = 0.2 // standard deviation over mean, at most

interface Sample { at: number; done: number }

export class Rate {
  private samples: Sample[] = []

  /** at in seconds, done in bytes. Samples closer than a quarter of a second say nothing about a rate. */
  add(at: number, done: number): void {
    const last = this.samples.at(-1)
    if (last && (at - last.at < 0.25 || done < last.done)) return
    this.samples.push({ at, done })
    while (this.samples.length > 2 && at - this.samples[1]!.at > window) this.samples.shift()
  }

  /** Bytes a second over the window; 0 while unknown. */
  get perSecond(): number {
    const [a, b] = [this.samples[0], this.samples.at(-1)]
    return a && b && b.at > a.at ? (b.done - a.done) / (b.at - a.at) : 0
  }

  /** Seconds to go, or null as long as nobody can know. */
  left(total: number): number | null {
    const s = this.samples
    const first = s[0], last = s.at(-1)
    if (!first || !last || last.at - first.at < window / 2 || total <= 0) return null
    const rates = s.slice(1).map((x, i) => (x.done - s[i]!.done) / (x.at - s[i]!.at))
    const mean = rates.reduce((a, b) => a + b, 0) / rates.length
    const deviation = Math.sqrt(rates.reduce((a, r) => a + (r - mean) ** 2, 0) / rates.length)
    return mean > 0 && deviation / mean <= alike ? (total - last.done) / this.perSecond : null
  }
}
