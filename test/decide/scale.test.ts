import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proposeScale, type ScaleInput } from '../../controller/decide/remedies/scale.ts'
import type { ScaleInState } from '../../controller/decide/remedies/scale-in.ts'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM, type LimitRules, type LimitStates } from '../../controller/model/assessment.ts'
import type { Observation, Observations } from '../../controller/model/signal.ts'

const RULES: LimitRules = {
  thresholds: { errors: 0.05, latency: 0.5, cpu: 0.9, pool: 0.8, queue: 1000 },
  perReplicaRps: 500,
  windowMs: 10_000,
  holdMs: 0,
  releaseBelow: 0.8,
  releaseForMs: 30_000,
}
const SPEC = { min: 2, max: 30, perReplica: { rps: 500 }, effectWithin: 60_000, cooldown: 15_000 }
const known = (value: number): Observation => ({ kind: 'ok', value })
const calm: Observations = {
  rps: known(500),
  errors: known(0),
  latencyP99: known(0.1),
  cpu: known(0.3),
  pool: known(0.1),
  queue: known(0),
}

function propose(
  observations: Observations,
  {
    replicas = 2,
    ready = replicas,
    lastUpAt,
    spec = SPEC,
  }: { replicas?: number; ready?: number; lastUpAt?: number; spec?: typeof SPEC } = {},
) {
  const assessment = evaluate({ ...observations, replicasReady: known(ready) }, RULES, ALL_CALM, 100_000)
  return proposeScale({ assessment, spec, rules: RULES, replicas, ready, lastUpAt }, {})
}

describe('scaling out', () => {
  it.each<[string, Observations, Parameters<typeof propose>[1], number | undefined]>([
    ['nothing while all is calm', calm, {}, undefined],
    ['the replicas that the load needs', { ...calm, rps: known(1700) }, {}, 4],
    ['one more for one request more', { ...calm, rps: known(1001) }, {}, 3],
    ['no more than max', { ...calm, rps: known(99_000) }, {}, 30],
    ['in proportion to the CPU', { ...calm, cpu: known(1.35) }, { replicas: 4 }, 6],
    ['in proportion to the pool', { ...calm, pool: known(1) }, { replicas: 4 }, 5],
    [
      'in proportion to the queue, at most doubled or four more',
      { ...calm, queue: known(50_000) },
      { replicas: 10 },
      20,
    ],
    ['four more when that is more than double', { ...calm, queue: known(50_000) }, { replicas: 2 }, 6],
    ['half as many again on latency', { ...calm, latencyP99: known(4) }, { replicas: 4 }, 6],
    ['half as many again on errors', { ...calm, errors: known(0.5) }, { replicas: 3 }, 5],
    ['the most that any breach asks for', { ...calm, rps: known(2600), cpu: known(1) }, {}, 6],
    [
      'from the ready replicas, which carried the load',
      { ...calm, cpu: known(1.8) },
      { replicas: 4, ready: 2 },
      undefined,
    ],
    [
      'nothing on a limit while the last act may still show',
      { ...calm, cpu: known(1.8) },
      { replicas: 4, lastUpAt: 50_000 },
      undefined,
    ],
    [
      'for load even while the last act may still show',
      { ...calm, rps: known(2600) },
      { replicas: 4, lastUpAt: 50_000 },
      6,
    ],
    ['min when there are fewer', calm, { replicas: 1 }, 2],
    ['nothing for a target switched off', { ...calm, rps: known(5000) }, { replicas: 0, ready: 0 }, undefined],
    ['nothing past max, nor back to it', { ...calm, rps: known(50_000) }, { replicas: 40 }, undefined],
  ])('asks for %s', (_, observations, situation, to) => {
    const { proposal } = propose(observations, situation)
    expect(proposal?.to).toBe(to)
    if (proposal !== undefined) expect(proposal.reasons.length).toBeGreaterThan(0)
  })

  it('says where the number comes from', () => {
    expect(propose({ ...calm, rps: known(1700) }).proposal?.reasons).toEqual([
      'Load is 1,700 req/s, over what the ready replicas serve, 1,000 req/s: 1,700 req/s ÷ 500 req/s per replica asks for 4',
    ])
  })

  it('sizes an act that is due anyway by load that has not held for long enough to be a reason of its own', () => {
    const rules = { ...RULES, holdMs: 1_000 }
    const full = { ...calm, pool: known(1), replicasReady: known(2) }
    const first = evaluate(full, rules, ALL_CALM, 0)
    const assessment = evaluate({ ...full, rps: known(3400) }, rules, first.limits, 1_000)
    expect(assessment.findings.map(({ limit }) => limit)).toEqual(['pool'])
    const { proposal } = proposeScale({ assessment, spec: SPEC, rules, replicas: 2, ready: 2, lastUpAt: undefined }, {})
    expect(proposal).toMatchObject({
      to: 7,
      reasons: [
        'Connection pool is 100 %, over its limit of 80 %: asks for 3',
        'Load is 3,400 req/s, over what the ready replicas serve, 1,000 req/s: 3,400 req/s ÷ 500 req/s per replica asks for 7',
      ],
    })
  })

  it('asks for nothing on load alone that has not held', () => {
    const rules = { ...RULES, holdMs: 1_000 }
    const assessment = evaluate({ ...calm, rps: known(3400), replicasReady: known(2) }, rules, ALL_CALM, 0)
    expect(
      proposeScale({ assessment, spec: SPEC, rules, replicas: 2, ready: 2, lastUpAt: undefined }, {}).proposal,
    ).toBeUndefined()
  })

  it('is spent when a limit is breached at max and the last act had its time', () => {
    expect(propose({ ...calm, cpu: known(1) }, { replicas: 30 }).spent).toBe(true)
    expect(propose({ ...calm, cpu: known(1) }, { replicas: 30, lastUpAt: 90_000 }).spent).toBe(false)
    expect(propose({ ...calm, cpu: known(1) }, { replicas: 29 }).spent).toBe(false)
    expect(propose(calm, { replicas: 30 }).spent).toBe(false)
  })
})

describe('a breach at max that is no longer seen', () => {
  it('leaves the remedy spent: it is not over because it is not seen', () => {
    const breached = evaluate({ ...calm, cpu: known(1), replicasReady: known(30) }, RULES, ALL_CALM, 0)
    const unseen = { ...calm, cpu: { kind: 'unknown', why: 'timeout' }, replicasReady: known(30) } as const
    const assessment = evaluate(unseen, RULES, breached.limits, 1000)
    const input = { assessment, spec: SPEC, rules: RULES, replicas: 30, ready: 30, lastUpAt: undefined }
    expect(proposeScale(input, {})).toMatchObject({ proposal: undefined, spent: true })
  })
})

/** Feeds one reading a second and returns the proposals made, with the second of each. */
function play(readings: readonly Observations[], replicas: number, ready = replicas) {
  let state: ScaleInState = {}
  let limits: LimitStates = ALL_CALM
  const proposals: { second: number; to: number }[] = []
  readings.forEach((reading, second) => {
    const assessment = evaluate({ ...reading, replicasReady: known(ready) }, RULES, limits, second * 1000)
    limits = assessment.limits
    const input: ScaleInput = { assessment, spec: SPEC, rules: RULES, replicas, ready, lastUpAt: undefined }
    const outcome = proposeScale(input, state)
    state = outcome.state
    if (outcome.proposal?.direction === 'down') proposals.push({ second, to: outcome.proposal.to })
  })
  return proposals
}
const seconds = (count: number, at: (second: number) => Observations): Observations[] =>
  Array.from({ length: count }, (_, second) => at(second))

const quiet: Observations = { ...calm, cpu: known(0.05) }

describe('scaling in', () => {
  it('waits for the release time, then goes straight to what was enough', () => {
    expect(
      play(
        seconds(31, () => ({ ...quiet, rps: known(500) })),
        8,
      ),
    ).toEqual([{ second: 30, to: 2 }])
  })

  it('keeps the highest need of the release time', () => {
    const proposals = play(
      seconds(80, (second) => ({ ...quiet, rps: known(second === 20 ? 1590 : 500) })),
      8,
    )
    expect(proposals[0]).toEqual({ second: 40, to: 4 })
  })

  it('takes one step, not many, when load dies away over its window', () => {
    const dying = (second: number) => ({ ...quiet, rps: known(Math.max(0, 2400 - 400 * second)) })
    expect(play(seconds(45, dying), 6)[0]?.to).toBe(2)
  })

  it.each<[string, (second: number) => Observations, number?]>([
    [
      'a signal is unknown',
      (second) => ({ ...quiet, cpu: second === 15 ? { kind: 'unknown', why: 'timeout' } : known(0.1) }),
    ],
    [
      'part of the pods is not seen',
      (second) => ({ ...quiet, rps: second === 15 ? { kind: 'ok', value: 5, missing: '1 of 8' } : known(5) }),
    ],
    ['errors are near their limit', (second) => ({ ...quiet, errors: known(second === 15 ? 0.045 : 0) })],
    ['latency is near its limit', (second) => ({ ...quiet, latencyP99: known(second === 15 ? 0.41 : 0.1) })],
    ['a queue is building up', (second) => ({ ...quiet, queue: known(second === 15 ? 900 : 0) })],
    ['the CPU would not fit on fewer', (second) => ({ ...quiet, cpu: known(second === 15 ? 0.72 : 0.1) })],
    ['not every replica is ready', () => quiet, 7],
  ])('begins to wait anew when %s', (_, at, ready) => {
    expect(play(seconds(44, at), 8, ready)).toEqual([])
  })

  it('does not wait for ratios that too few requests leave unknown', () => {
    const idle: Observation = { kind: 'unknown', why: '0 requests in 10 s', idle: true }
    expect(
      play(
        seconds(31, () => ({ ...quiet, rps: known(0), errors: idle, latencyP99: idle })),
        8,
      )[0]?.to,
    ).toBe(2)
  })

  it('never happens when nothing is observed at all', () => {
    expect(
      play(
        seconds(100, () => ({})),
        8,
      ),
    ).toEqual([])
  })
})

describe('whatever is observed', () => {
  const observation = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 0, max: 5000, noNaN: true }).map((value): Observation => known(value)) },
    { weight: 1, arbitrary: fc.constant<Observation>({ kind: 'unknown', why: 'timeout' }) },
    {
      weight: 1,
      arbitrary: fc.constant<Observation>({ kind: 'ok', value: 1, missing: '1 of 3 pods not seen' }),
    },
  )
  const reading = fc.record(
    {
      rps: observation,
      errors: observation,
      latencyP99: observation,
      cpu: observation,
      pool: observation,
      queue: observation,
    },
    { requiredKeys: [] },
  )
  const history = fc.array(
    fc.record({ reading, gapMs: fc.integer({ min: 100, max: 40_000 }), ready: fc.integer({ min: 0, max: 12 }) }),
    { minLength: 1, maxLength: 40 },
  )

  it('replicas never leave min and max, never fall on unknown, and the same inputs give the same proposals', () => {
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        (steps, min, span, start) => {
          const spec = { ...SPEC, min, max: min + span }
          const run = () => {
            let [replicas, now, limits, state, lastUpAt]: [
              number,
              number,
              LimitStates,
              ScaleInState,
              number | undefined,
            ] = [start, 0, ALL_CALM, {}, undefined]
            const trail: number[] = []
            for (const step of steps) {
              now += step.gapMs
              const ready = Math.min(step.ready, replicas)
              const observations: Observations = { ...(step.reading as Observations), replicasReady: known(ready) }
              const assessment = evaluate(observations, RULES, limits, now)
              limits = assessment.limits
              const outcome = proposeScale({ assessment, spec, rules: RULES, replicas, ready, lastUpAt }, state)
              state = outcome.state
              const { proposal } = outcome
              if (proposal !== undefined) {
                expect(proposal.to).toBeGreaterThanOrEqual(spec.min)
                expect(proposal.to).toBeLessThanOrEqual(spec.max)
                expect(proposal.to).not.toBe(replicas)
                expect(Number.isInteger(proposal.to)).toBe(true)
                if (proposal.to < replicas) {
                  expect(assessment.blind).toEqual([])
                  expect(ready).toBe(replicas)
                } else lastUpAt = now
                replicas = proposal.to
              }
              trail.push(replicas)
            }
            return trail
          }
          expect(run()).toEqual(run())
        },
      ),
      { numRuns: 300 },
    )
  })
})
