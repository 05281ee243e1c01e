import { describe, expect, it } from 'vitest'
import { evaluate, forgetTimers } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM, type LimitRules } from '../../controller/model/assessment.ts'
import type { Observation, Observations } from '../../controller/model/signal.ts'

const RULES: LimitRules = {
  thresholds: { errors: 0.05, latency: 0.5, cpu: 0.9, pool: 0.8, queue: 1000 },
  perReplicaRps: 500,
  windowMs: 10_000,
  holdMs: 0,
  releaseBelow: 0.8,
  releaseForMs: 30_000,
}
const known = (value: number, missing?: string): Observation => ({
  kind: 'ok',
  value,
  ...(missing === undefined ? {} : { missing }),
})
const calm: Observations = {
  rps: known(900),
  errors: known(0.01),
  latencyP99: known(0.2),
  cpu: known(0.5),
  pool: known(0.3),
  queue: known(3),
  replicasReady: known(2),
}

describe('an assessment', () => {
  it.each<[string, Observations, string[]]>([
    ['no finding while all is calm', calm, []],
    ['load past what the ready replicas serve', { ...calm, rps: known(1001) }, ['rps']],
    ['load within what more ready replicas serve', { ...calm, rps: known(1400), replicasReady: known(3) }, []],
    ['errors past 5 %', { ...calm, errors: known(0.051) }, ['errors']],
    ['p99 past 500 ms', { ...calm, latencyP99: known(0.501) }, ['latency']],
    ['CPU past 90 %', { ...calm, cpu: known(0.91) }, ['cpu']],
    ['pool past 80 %', { ...calm, pool: known(0.81) }, ['pool']],
    ['queue past 1000', { ...calm, queue: known(1001) }, ['queue']],
    ['several at once', { ...calm, cpu: known(1), queue: known(5000) }, ['cpu', 'queue']],
    ['no judgement of load while no replica is ready', { ...calm, rps: known(5000), replicasReady: known(0) }, []],
  ])('finds %s', (_, observations, limits) => {
    expect(evaluate(observations, RULES, ALL_CALM, 1000).findings.map((finding) => finding.limit)).toEqual(limits)
  })

  it('names what it could not see, and why', () => {
    const observations: Observations = {
      ...calm,
      cpu: { kind: 'unknown', why: 'timeout after 800 ms' },
      rps: known(10, '1 of 3 pods not seen'),
    }
    expect(evaluate(observations, RULES, ALL_CALM, 0).blind).toEqual([
      { limit: 'rps', why: '1 of 3 pods not seen' },
      { limit: 'cpu', why: 'timeout after 800 ms' },
    ])
  })

  it('is blind to an unknown signal even where no limit is set', () => {
    const { perReplicaRps: _, ...rest } = RULES
    const observations: Observations = { rps: { kind: 'unknown', why: 'Deployment shop/nope does not exist' } }
    expect(evaluate(observations, { ...rest, perReplicaRps: undefined }, ALL_CALM, 0).blind).toHaveLength(1)
  })

  it('takes too few requests for quiet, not for blindness', () => {
    const errors: Observation = { kind: 'unknown', why: '3 requests in 10 s', idle: true }
    expect(evaluate({ ...calm, errors }, RULES, ALL_CALM, 0).blind).toEqual([])
  })

  it('keeps a finding while its signal is unknown, without a value', () => {
    const { limits } = evaluate({ ...calm, cpu: known(0.99) }, RULES, ALL_CALM, 0)
    const { findings } = evaluate({ ...calm, cpu: { kind: 'unknown', why: 'gone' } }, RULES, limits, 1000)
    expect(findings).toEqual([
      { limit: 'cpu', onset: 0, confirmedAt: 0, value: undefined, threshold: 0.9, peak: 0.99, eased: false },
    ])
  })

  it('releases load as soon as capacity has fitted for the release time, however full the replicas are', () => {
    let { limits } = evaluate({ ...calm, rps: known(1500) }, RULES, ALL_CALM, 0)
    for (const at of [1000, 31_000])
      limits = evaluate({ ...calm, rps: known(1490), replicasReady: known(3) }, RULES, limits, at).limits
    expect(limits.rps?.phase).toBe('calm')
  })

  it('is the same for the same input, and leaves its input alone', () => {
    const previous = Object.freeze(evaluate({ ...calm, cpu: known(0.99) }, RULES, ALL_CALM, 0).limits)
    const once = evaluate({ ...calm, queue: known(2000) }, RULES, previous, 5000)
    expect(evaluate({ ...calm, queue: known(2000) }, RULES, previous, 5000)).toEqual(once)
  })

  it('shares the limit states with the previous assessment while nothing changes', () => {
    const { limits } = evaluate(calm, RULES, ALL_CALM, 0)
    expect(evaluate(calm, RULES, limits, 1000).limits).toBe(limits)
  })
})

describe('when the clock jumped', () => {
  it('holds and releases are forgotten, and confirmed breaches stay', () => {
    const holding = { phase: 'holding', since: 1, peak: 2, threshold: 1 } as const
    const breached = { phase: 'breached', onset: 1, confirmedAt: 2, peak: 3, threshold: 1, eased: true } as const
    expect(
      forgetTimers({ ...ALL_CALM, cpu: holding, queue: { ...breached, releasingSince: 5 }, pool: { phase: 'calm' } }),
    ).toEqual({ ...ALL_CALM, queue: breached })
  })
})
