// Named timers: each fires once, at its last set time, never early, in order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTimers } from '../../controller/runtime/timers.ts'
import { manualClock } from './manual-clock.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const
const STEP = fc.oneof(
  fc.record({ set: fc.constantFrom(...NAMES), inMs: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ clear: fc.constantFrom(...NAMES) }),
  fc.record({ passMs: fc.nat(200) }),
)

test('whatever is set, moved and cleared, what fires is what a plain list of times says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 300 }), async (steps) => {
      const clock = manualClock()
      const fired: { name: string; at: number }[] = []
      const timers = createTimers(clock, (name, due) => {
        expect(clock.monotonic()).toBeGreaterThanOrEqual(due)
        fired.push({ name, at: clock.monotonic() })
      })
      const pending = new Map<string, number>()
      const wanted: { name: string; at: number }[] = []
      const pass = async (ms: number) => {
        const until = clock.monotonic() + ms
        const due = [...pending].filter(([, at]) => at <= until).sort(([, a], [, b]) => a - b)
        for (const [name, at] of due) {
          wanted.push({ name, at })
          pending.delete(name)
        }
        await clock.advance(ms)
      }
      for (const step of steps) {
        if ('set' in step) {
          timers.set(step.set, clock.monotonic() + step.inMs)
          pending.set(step.set, clock.monotonic() + step.inMs)
          expect(timers.due(step.set)).toBe(pending.get(step.set))
        } else if ('clear' in step) {
          timers.clear(step.clear)
          pending.delete(step.clear)
        } else await pass(step.passMs)
      }
      await pass(1000)
      const byTime = (a: { name: string; at: number }, b: { name: string; at: number }) =>
        a.at - b.at || a.name.localeCompare(b.name)
      expect(fired.map((one) => one.at)).toEqual([...fired].sort(byTime).map((one) => one.at))
      expect([...fired].sort(byTime)).toEqual([...wanted].sort(byTime))
      expect(clock.next()).toBeUndefined()
    }),
    { numRuns: 100 },
  )
})

test('after stop nothing fires and nothing sleeps', async () => {
  const clock = manualClock()
  const fired: string[] = []
  const timers = createTimers(clock, (name) => fired.push(name))
  timers.set('a', 10)
  timers.stop()
  await clock.advance(100)
  expect([fired, clock.next()]).toEqual([[], undefined])
})

test('a wait longer than the platform’s timers can take is slept in parts', async () => {
  const clock = manualClock()
  const longest: number[] = []
  const fired: number[] = []
  const timers = createTimers(
    {
      ...clock,
      sleep(ms, signal) {
        longest.push(ms)
        return clock.sleep(ms, signal)
      },
    },
    () => fired.push(clock.monotonic()),
  )
  const days = 30 * 86_400_000
  timers.set('far', days)
  await clock.advance(days - 1)
  expect(fired).toEqual([])
  await clock.advance(1)
  expect(fired).toEqual([days])
  expect(Math.max(...longest)).toBeLessThan(2 ** 31)
})
