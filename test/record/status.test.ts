import { describe, expect, it } from 'vitest'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM, type LimitRules } from '../../controller/model/assessment.ts'
import { transition } from '../../controller/model/conditions.ts'
import type { GuardStatus } from '../../controller/model/guard-status.ts'
import type { LedgerStatus } from '../../controller/model/ledger-status.ts'
import type { Observations } from '../../controller/model/signal.ts'
import { breachesStatus, judgeConditions, restoreLimits, signalsStatus } from '../../controller/record/status.ts'
import { worthWriting } from '../../controller/record/status-pace.ts'

const RULES: LimitRules = {
  thresholds: { cpu: 0.9 },
  perReplicaRps: undefined,
  windowMs: 10_000,
  holdMs: 0,
  releaseBelow: 0.8,
  releaseForMs: 30_000,
}
const cpu = (value: number, missing?: string): Observations => ({
  cpu: { kind: 'ok', value, ...(missing === undefined ? {} : { missing }) },
})
const blindCpu: Observations = { cpu: { kind: 'unknown', why: 'timeout after 800 ms' } }

function conditions(observations: Observations, exhausted?: string) {
  const judged = judgeConditions(evaluate(observations, RULES, ALL_CALM, 0), exhausted, 7)
  return Object.fromEntries(judged.map(({ type, status, reason }) => [type, `${status} ${reason}`]))
}

describe('the conditions of a Guard', () => {
  it.each<[string, Observations, string | undefined, Record<string, string>]>([
    [
      'all is well',
      cpu(0.5),
      undefined,
      {
        Accepted: 'True SpecValid',
        Observed: 'True EverySignalSeen',
        Healthy: 'True WithinLimits',
        Exhausted: 'False RemediesLeft',
      },
    ],
    ['a limit is breached', cpu(0.95), undefined, { Healthy: 'False LimitBreached', Observed: 'True EverySignalSeen' }],
    ['nothing is seen', blindCpu, undefined, { Healthy: 'Unknown NotSeen', Observed: 'False NothingSeen' }],
    [
      'part is seen',
      cpu(0.5, '1 of 3 pods not seen'),
      undefined,
      { Healthy: 'Unknown NotSeen', Observed: 'False PartlySeen' },
    ],
    [
      'part is seen, and that is too much',
      cpu(0.95, '1 of 3 pods not seen'),
      undefined,
      { Healthy: 'False LimitBreached', Observed: 'False PartlySeen' },
    ],
    ['no remedy is left', cpu(0.95), 'CPU past the limit', { Exhausted: 'True NoRemedyLeft' }],
  ])('when %s', (_, observations, exhausted, expected) => {
    expect(conditions(observations, exhausted)).toMatchObject(expected)
  })

  it('keep the time of their last change while only the message changes', () => {
    const before = [
      { type: 'Healthy', status: 'False', reason: 'A', message: 'a', lastTransitionTime: 'then' },
    ] as const
    expect(
      transition(before, [{ type: 'Healthy', status: 'False', reason: 'B', message: 'b' }], 'now')[0]
        ?.lastTransitionTime,
    ).toBe('then')
    expect(
      transition(before, [{ type: 'Healthy', status: 'True', reason: 'B', message: 'b' }], 'now')[0]
        ?.lastTransitionTime,
    ).toBe('now')
  })
})

describe('a status', () => {
  it('shows values as people write them, and why a signal is unknown', () => {
    expect(
      signalsStatus({
        ...cpu(0.4567),
        latencyP99: { kind: 'ok', value: 0.1234 },
        rps: { kind: 'unknown', why: 'x' },
      }),
    ).toEqual({
      cpu: { value: 0.4567, text: '45.7 %' },
      latencyP99: { value: 0.1234, text: '123 ms' },
      rps: { text: 'unknown', why: 'x' },
    })
  })

  it('says where a signal is read that comes from elsewhere', () => {
    const seen = { pool: { kind: 'ok', value: 0.5 }, queue: { kind: 'unknown', why: 'x' } } as const
    expect(signalsStatus(seen, { queue: 'http://p', rps: 'nowhere' })).toEqual({
      pool: { value: 0.5, text: '50 %' },
      queue: { text: 'unknown', why: 'x', from: 'http://p' },
    })
  })

  it('gives a successor the breaches back', () => {
    const { limits } = evaluate(cpu(0.97), RULES, ALL_CALM, 5000)
    const status: GuardStatus = JSON.parse(JSON.stringify({ breaches: breachesStatus(limits) }))
    expect(restoreLimits(status)).toEqual({
      ...ALL_CALM,
      cpu: { phase: 'breached', onset: 5000, confirmedAt: 5000, peak: 0.97, threshold: 0.9, eased: false },
    })
  })

  it('ignores breaches it does not understand', () => {
    const breach = { onset: 'soon', confirmedAt: 'x', peak: 1, threshold: 1 }
    expect(
      restoreLimits({
        breaches: [
          { ...breach, limit: 'cpu' },
          { ...breach, limit: 'nope' },
        ],
      }),
    ).toEqual(ALL_CALM)
  })

  const healthy = {
    type: 'Healthy',
    status: 'True',
    reason: 'WithinLimits',
    message: 'a',
    lastTransitionTime: 't',
  } as const
  it.each<[string, GuardStatus, 'now' | 'later' | 'no']>([
    ['at once when a condition changes', { conditions: [{ ...healthy, status: 'False' }] }, 'now'],
    [
      'at once when a breach begins',
      { conditions: [healthy], breaches: [{ limit: 'cpu', onset: 'a', confirmedAt: 'b', peak: 1, threshold: 1 }] },
      'now',
    ],
    ['at once when an act is recorded', { conditions: [healthy], recentActions: [] }, 'now'],
    [
      'later when only a reading changes',
      { conditions: [{ ...healthy, message: 'b' }], signals: { cpu: { text: '46 %' } } },
      'later',
    ],
    [
      'not at all when nothing changes',
      { conditions: [healthy], signals: { cpu: { text: '45 %' } }, signalsAt: 'later' },
      'no',
    ],
  ])('is written %s', (_, next, pace) => {
    expect(worthWriting({ conditions: [healthy], signals: { cpu: { text: '45 %' } }, signalsAt: 'now' }, next)).toBe(
      pace,
    )
  })

  const [T0, T1] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:59.000Z']
  const calm: LedgerStatus = { since: T0, seenAt: T0, open: [], recent: [] }
  const unknown = { kind: 'unknown', start: T0 } as const
  const down = { kind: 'down', start: T0 } as const
  it.each<[string, LedgerStatus | undefined, LedgerStatus, 'now' | 'later' | 'no']>([
    ['at once when an outage begins', calm, { ...calm, open: [down] }, 'now'],
    ['at once when it ends', { ...calm, open: [down] }, { ...calm, recent: [{ ...down, end: T1 }] }, 'now'],
    ['later when the service can’t be judged for a while', calm, { ...calm, open: [unknown] }, 'later'],
    ['not at all when only the clock goes on', calm, { ...calm, seenAt: '2026-01-02T00:00:00.000Z' }, 'no'],
    [
      'not at all for requests that came meanwhile',
      calm,
      { ...calm, traffic: [{ day: T0, requests: 1, failed: 0 }] },
      'no',
    ],
    [
      'later when an outage lasts',
      { ...calm, open: [down] },
      { ...calm, open: [down], seenAt: '2026-01-01T00:01:00.000Z' },
      'later',
    ],
    ['at once when it is the first', undefined, calm, 'now'],
  ])('with a ledger is written %s', (_, before, after, pace) => {
    expect(worthWriting({ ...(before === undefined ? {} : { ledger: before }) }, { ledger: after })).toBe(pace)
  })
})
