// An end is foretold only when a rate was steady for some seconds.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rate } from '../../src/ui/rate'

const run = (seconds: number, speed: (t: number) => number): Rate => {
  const r = new Rate()
  let done = 0
  for (let t = 0; t <= seconds; t += 0.5) {
    r.add(t, done)
    done += speed(t) / 2
  }
  return r
}

test('nothing is foretold in the first seconds', () => assert.equal(run(2, () => 100).left(1000), null))
test('a steady rate gives the time that is left', () => assert.ok(Math.abs(run(8, () => 100).left(2000)! - 12) < 0.5))
test('an unsteady rate gives none', () => assert.equal(run(8, t => (Math.floor(t) % 2 ? 10 : 200)).left(2000), null))
test('an unknown total gives none', () => assert.equal(run(8, () => 100).left(0), null))
test('what was slow long ago is forgotten', () => assert.ok(Math.abs(run(20, t => (t < 10 ? 1 : 100)).perSecond - 100) < 5))
test('a job that begins anew does not go backwards', () => {
  const r = run(4, () => 100)
  r.add(5, 0)
  assert.ok(r.perSecond > 0)
})
