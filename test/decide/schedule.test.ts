// A schedule's floor in the scale remedy: replicas never fall below it while it is on, and say whose it is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proposeScale, type ScaleInput } from '../../controller/decide/remedies/scale.ts'
import type { ScaleInState } from '../../controller/decide/remedies/scale-in.ts'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM, type LimitRules } from '../../controller/model/assessment.ts'
import type { ScheduleFloor } from '../../controller/model/schedule-floor.ts'
import type { Observation, Observations } from '../../controller/model/signal.ts'

const RULES: LimitRules = {
  thresholds: { errors: 0.05, latency: 0.5, cpu: 0.9, pool: 0.8, queue: 1000 },
  perReplicaRps: 500,
  windowMs: 10_000,
  holdMs: 0,
  releaseBelow: 0.8,
  releaseForMs: 30_000,
}
const SPEC = { min: 2, max: 10, perReplica: { rps: 500 }, effectWithin: 60_000, cooldown: 15_000 }
const known = (value: number): Observation => ({ kind: 'ok', value })
const calm: Observations = { rps: known(300), errors: known(0), latencyP99: known(0.1), cpu: known(0.05) }
const floorOf = (min: number): ScheduleFloor => ({ min, schedule: 'the schedule "0 9 * * 1-5" (UTC), until noon' })

function input(replicas: number, floor: ScheduleFloor | undefined, observations = calm, at = 0): ScaleInput {
  const assessment = evaluate({ ...observations, replicasReady: known(replicas) }, RULES, ALL_CALM, at)
  return { assessment, spec: SPEC, rules: RULES, replicas, ready: replicas, lastUpAt: undefined, floor }
}
const propose = (...args: Parameters<typeof input>) => proposeScale(input(...args), {}).proposal

describe('while a schedule is on', () => {
  it('replicas below its floor are raised to it, and the reason names it', () => {
    expect(propose(3, floorOf(6))).toMatchObject({
      direction: 'up',
      from: 3,
      to: 6,
      reasons: ['3 replicas are fewer than min, which is 6 by the schedule "0 9 * * 1-5" (UTC), until noon'],
    })
  })

  it.each<[string, number, ScheduleFloor | undefined, Observations, number | undefined]>([
    ['nothing at its floor', 6, floorOf(6), calm, undefined],
    ['the remedy’s own min when that is higher', 1, floorOf(1), calm, 2],
    ['never more than max', 3, floorOf(99), calm, 10],
    ['more than its floor under load', 6, floorOf(6), { ...calm, rps: known(4000) }, 8],
    ['its floor when load asks for less', 2, floorOf(6), { ...calm, rps: known(1200) }, 6],
    ['its floor though nothing is seen', 3, floorOf(6), { rps: { kind: 'unknown', why: 'timeout' } }, 6],
    ['nothing for a target switched off', 0, floorOf(6), calm, undefined],
    ['nothing without it', 3, undefined, calm, undefined],
  ])('asks for %s', (_, replicas, floor, observations, to) => {
    expect(propose(replicas, floor, observations)?.to).toBe(to)
  })
})

/** One reading a second of a calm service; the floor may change. Returns the proposals as [second, to]. */
function play(replicas: number, floorAt: (second: number) => ScheduleFloor | undefined) {
  let state: ScaleInState = {}
  for (let second = 0; second < 200; second++) {
    const outcome = proposeScale(input(replicas, floorAt(second), calm, second * 1000), state)
    state = outcome.state
    if (outcome.proposal !== undefined) return { second, ...outcome.proposal }
  }
  return undefined
}

describe('a calm service', () => {
  it('comes down to the floor, and the reason names it', () => {
    expect(play(9, () => floorOf(6))).toMatchObject({
      second: 30,
      to: 6,
      reasons: [
        'Every signal has been calm for 30 s, and 6 replicas are enough (min is 6 by the schedule "0 9 * * 1-5" (UTC), until noon)',
      ],
    })
  })

  it('stays at the floor, and comes down to min within the release time of its end', () => {
    expect(play(6, () => floorOf(6))).toBeUndefined()
    expect(play(6, (second) => (second < 100 ? floorOf(6) : undefined))).toMatchObject({ second: 130, to: 2 })
  })
})

describe('whatever the schedule asks for', () => {
  it('a proposal is never below the floor, and never above max', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 15 }),
        fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
        fc.integer({ min: 0, max: 9_000 }),
        (replicas, min, rps) => {
          const proposal = propose(replicas, min === undefined ? undefined : floorOf(min), { ...calm, rps: known(rps) })
          if (proposal === undefined) return
          expect(proposal.to).toBeLessThanOrEqual(SPEC.max)
          expect(proposal.to).toBeGreaterThanOrEqual(Math.min(SPEC.max, Math.max(SPEC.min, min ?? 0)))
        },
      ),
    )
  })
})
