// The course of a run, step by step.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Durations, nextStep, type Seen, type Step, type StepKind } from '../../../sandbox/scenario/timeline.ts'

const DURATIONS: Durations = { startMs: 45_000, calmMs: 8_000, faultMs: 35_000, recoveryMs: 40_000 }
const quiet: Seen = { isReady: true, isFaultOn: false, isAsBefore: true }

describe('a run', () => {
  it.each<[StepKind, number, Partial<Seen>, StepKind]>([
    ['starting', 10_000, { isReady: false }, 'starting'],
    ['starting', 10_000, {}, 'calm'],
    ['starting', 45_000, { isReady: false }, 'failed'],
    ['calm', 7_999, {}, 'calm'],
    ['calm', 8_000, {}, 'fault'],
    ['calm', 2_000, { isFaultOn: true }, 'fault'],
    ['fault', 0, {}, 'fault'],
    ['fault', 20_000, { isFaultOn: true }, 'fault'],
    ['fault', 20_000, { isFaultOn: false }, 'recovering'],
    ['fault', 35_000, { isFaultOn: true }, 'recovering'],
    ['recovering', 0, { isFaultOn: true }, 'recovering'],
    ['recovering', 10_000, { isFaultOn: true }, 'fault'],
    ['recovering', 10_000, { isAsBefore: false }, 'recovering'],
    ['recovering', 10_000, {}, 'over'],
    ['recovering', 40_000, { isAsBefore: false }, 'over'],
    ['over', 1_000_000, { isFaultOn: true, isAsBefore: false }, 'over'],
    ['failed', 1_000_000, {}, 'failed'],
  ])('that is %s for %i ms and sees %o is then %s', (kind, elapsedMs, seen, then) => {
    expect(nextStep({ kind, since: 1_000 }, { ...quiet, ...seen }, DURATIONS, 1_000 + elapsedMs).kind).toBe(then)
  })

  it('ends within its durations, whatever it sees', () => {
    const seen = fc.record({ isReady: fc.boolean(), isFaultOn: fc.constant(false), isAsBefore: fc.boolean() })
    fc.assert(
      fc.property(fc.array(seen, { minLength: 130, maxLength: 130 }), (all) => {
        let step: Step = { kind: 'starting', since: 0 }
        all.forEach((one, second) => {
          step = nextStep(step, { ...one, isFaultOn: step.kind === 'fault' }, DURATIONS, second * 1000)
        })
        expect(['over', 'failed']).toContain(step.kind)
      }),
    )
  })
})
