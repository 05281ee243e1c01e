// What a reading counts as in the ledger, and since when.
import { describe, expect, it } from 'vitest'
import { type Standing, standingOf } from '../../../controller/evaluate/ledger/standing.ts'
import { ALL_CALM, type LimitName, type LimitState, type LimitStates } from '../../../controller/model/assessment.ts'
import type { Observation, Observations } from '../../../controller/model/signal.ts'

const AT = 100_000
const known = (value: number): Observation => ({ kind: 'ok', value })
const unknown: Observation = { kind: 'unknown', why: 'timeout' }
const CALM: Observations = {
  rps: known(100),
  errors: known(0),
  latencyP99: known(0.1),
  cpu: known(0.2),
  replicasWanted: known(2),
  replicasReady: known(2),
}
const breached = (confirmedAt: number, eased = false): LimitState => ({
  phase: 'breached',
  onset: 97_000,
  confirmedAt,
  peak: 2,
  threshold: 1,
  eased,
})
const limits = (states: Partial<Record<LimitName, LimitState>>): LimitStates => ({ ...ALL_CALM, ...states })

describe('a reading', () => {
  it.each<[string, Observations, LimitStates, Standing]>([
    ['up when all is seen and within its limits', CALM, ALL_CALM, { kind: 'up' }],
    [
      'up while a breach is not confirmed',
      CALM,
      limits({ errors: { phase: 'holding', since: 1, peak: 1, threshold: 1 } }),
      { kind: 'up' },
    ],
    [
      'down since its onset when the errors breach is confirmed now',
      CALM,
      limits({ errors: breached(AT) }),
      { kind: 'down', since: 97_000 },
    ],
    [
      'down since now when it was confirmed before, and is back',
      CALM,
      limits({ errors: breached(98_000) }),
      { kind: 'down', since: AT },
    ],
    ['up when the errors are back under their limit', CALM, limits({ errors: breached(98_000, true) }), { kind: 'up' }],
    [
      'unknown when the errors were past it and can’t be seen',
      { ...CALM, errors: unknown },
      limits({ errors: breached(98_000) }),
      { kind: 'unknown' },
    ],
    [
      'down when no replica is ready, whatever else is not seen',
      { ...CALM, rps: unknown, replicasReady: known(0) },
      ALL_CALM,
      { kind: 'down', since: AT },
    ],
    [
      'unknown when none is ready since none is wanted',
      { ...CALM, replicasWanted: known(0), replicasReady: known(0) },
      ALL_CALM,
      { kind: 'unknown' },
    ],
    ['unknown when the workload is not there', { rps: unknown, replicasReady: unknown }, ALL_CALM, { kind: 'unknown' }],
    ['unknown when a signal is', { ...CALM, cpu: unknown }, ALL_CALM, { kind: 'unknown' }],
    [
      'unknown when there is too little traffic to judge by',
      { ...CALM, errors: { kind: 'unknown', why: 'no requests', idle: true } },
      ALL_CALM,
      { kind: 'unknown' },
    ],
    [
      'known when part of the pods is not seen but most are',
      { ...CALM, rps: { kind: 'ok', value: 1, missing: '1 of 3' } },
      ALL_CALM,
      { kind: 'up' },
    ],
    [
      'degraded while another limit is passed',
      CALM,
      limits({ cpu: breached(98_000) }),
      { kind: 'degraded', since: AT },
    ],
    [
      'degraded since the earliest onset',
      CALM,
      limits({ cpu: breached(AT), queue: breached(98_000) }),
      { kind: 'degraded', since: 97_000 },
    ],
    ['up when that has eased', CALM, limits({ latency: breached(98_000, true) }), { kind: 'up' }],
    [
      'down when errors and others are passed',
      CALM,
      limits({ cpu: breached(98_000), errors: breached(98_000) }),
      { kind: 'down', since: AT },
    ],
    [
      'unknown rather than degraded when a signal is',
      { ...CALM, cpu: unknown },
      limits({ latency: breached(98_000) }),
      { kind: 'unknown' },
    ],
  ])('is %s', (_, observations, states, expected) => {
    expect(standingOf({ at: AT, observations, limits: states, findings: [], blind: [] })).toEqual(expected)
  })
})
