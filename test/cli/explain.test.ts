// What `evenkeel explain` says, from a Guard as the API gives it.
import { describe, expect, it } from 'vitest'
import { explainGuard } from '../../controller/cli/explain.ts'
import type { GuardStatus } from '../../controller/model/guard-status.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()

function explain(status: GuardStatus | undefined, spec: Record<string, unknown> = { mode: 'Enforce' }): string {
  const guard = {
    metadata: { namespace: 'shop', name: 'checkout' },
    spec: { target: { kind: 'Deployment', name: 'checkout-v2' }, ...spec },
    ...(status === undefined ? {} : { status }),
  }
  return explainGuard(guard, NOW)
}

/** The lines of one section, without its indent. */
function sectionOf(text: string, title: string): string[] | undefined {
  const [, ...sections] = text.split('\n\n')
  const found = sections.map((one) => one.split('\n')).find(([first]) => first === title)
  return found?.slice(1).map((line) => line.slice(2))
}

const INTERLOCKS = [
  { interlock: 'leadership', verdict: 'Allow', why: 'this replica leads' },
  { interlock: 'cooldown', verdict: 'Veto', why: 'the last act was 3 s ago; the cooldown is 15 s' },
] as const

describe('the first line', () => {
  it('names the Guard, its mode and what it guards', () => {
    expect(explain({}).split('\n')[0]).toBe('shop/checkout (Enforce) guards Deployment checkout-v2')
    expect(explain({}, { target: { name: 'cart' } }).split('\n')[0]).toBe(
      'shop/checkout (Observe) guards Deployment cart',
    )
  })

  it('is all there is while there is no status, and asks whether the controller runs', () => {
    expect(explain(undefined)).toBe(
      'shop/checkout (Enforce, Deployment checkout-v2) has no status yet: is the controller running and leading?',
    )
  })
})

describe('the conditions', () => {
  it('stand with their age and their sentence', () => {
    const text = explain({
      conditions: [
        { type: 'Accepted', status: 'True', reason: 'A', message: 'Fine.', lastTransitionTime: ago(7200) },
        { type: 'Healthy', status: 'False', reason: 'B', message: 'CPU is 95 %.', lastTransitionTime: ago(12) },
      ],
    })
    expect(sectionOf(text, 'Conditions')).toEqual([
      'Accepted   True    for 2 h    Fine.',
      'Healthy    False   for 12 s   CPU is 95 %.',
    ])
  })

  it('are left out while there are none', () => {
    expect(sectionOf(explain({}), 'Conditions')).toBeUndefined()
  })
})

describe('the diagnosis', () => {
  const diagnosis: NonNullable<GuardStatus['diagnosis']> = {
    at: ago(4),
    summary: 'TCP sockets (28,100 of 28,232 TIME_WAIT, High)',
    resource: 'sockets',
    utilisation: 0.995,
    confidence: 'High',
    evidence: ['15,000 connections are opened a second.'],
    ruledOut: [
      { resource: 'cpu', utilisation: 0.71, text: 'CPU 71 %' },
      { resource: 'database', utilisation: 0.375, text: 'database 300 of 800 connections' },
    ],
  }

  it('names what binds, why, and what does not', () => {
    expect(sectionOf(explain({ diagnosis }), 'Diagnosis')).toEqual([
      'TCP sockets (28,100 of 28,232 TIME_WAIT, High)',
      'because',
      '  - 15,000 connections are opened a second.',
      'not: CPU 71 %, database 300 of 800 connections',
      'as of 4 s ago',
    ])
  })

  it('says why when it is not known, and is left out while nothing is breached', () => {
    const summary = 'not known: No resource is observed.'
    expect(sectionOf(explain({ diagnosis: { at: ago(4), summary, evidence: [], ruledOut: [] } }), 'Diagnosis')).toEqual(
      [summary, 'as of 4 s ago'],
    )
    expect(sectionOf(explain({}), 'Diagnosis')).toBeUndefined()
  })
})

describe('the ladder', () => {
  const ladder: NonNullable<GuardStatus['ladder']> = {
    rung: 1,
    why: 'p99 latency past the limit',
    since: ago(12),
    rungs: [
      { remedy: 'degrade', state: 'InUse', text: 'tips off, 2 on; the last step did not help' },
      { remedy: 'scale', state: 'Unused', text: '2 replicas of 2 to 8' },
    ],
    baseline: { rps: 48.5, at: ago(3600) },
  }

  it('stands with its rungs, the one in use, why, and what is limited', () => {
    const flows = [{ flow: 'browse', limit: 120, since: ago(5), reason: 'too much' }]
    expect(sectionOf(explain({ ladder, flows }), 'Ladder')).toEqual([
      'on rung 1 of 2, climbed since 12 s: p99 latency past the limit',
      '→ 1 degrade   InUse    tips off, 2 on; the last step did not help',
      '  2 scale     Unused   2 replicas of 2 to 8',
      'limit.browse is 120 req/s, for 5 s: too much',
      'one replica was seen to carry 49 req/s',
    ])
  })

  it('names each pod that is out or on trial', () => {
    const out = { pod: 'cart-x', uid: 'u', since: ago(5), until: ago(-25), ejections: 2, why: 'half of it fails' }
    const isolations = [
      { ...out, phase: 'Out' as const },
      { ...out, pod: 'cart-y', phase: 'Trial' as const, ejections: 1 },
    ]
    expect(sectionOf(explain({ ladder, isolations }), 'Ladder')?.slice(3, 5)).toEqual([
      'Pod/cart-x is out, for 5 s, taken out 2 times: half of it fails',
      'Pod/cart-y is on trial, for 5 s, taken out once: half of it fails',
    ])
  })

  it('is left out of a Guard without remedies', () => {
    expect(sectionOf(explain({}), 'Ladder')).toBeUndefined()
  })
})

describe('the circuit', () => {
  const circuit: NonNullable<GuardStatus['circuit']> = {
    state: 'Open',
    mode: 'Auto',
    judged: 'Open',
    since: ago(12),
    until: ago(-48),
    trips: 3,
    inARow: 2,
    causes: ['errors'],
    letThrough: 0,
    reason: 'Error ratio is 40 %, over its limit of 5 %',
  }

  it('stands with its age, what is left of its time, why, and how often it opened', () => {
    expect(sectionOf(explain({ circuit }), 'Circuit')).toEqual([
      'Open for 12 s, tried again in 48 s: Error ratio is 40 %, over its limit of 5 %',
      'lets through 0 % of the requests of those who ask it',
      'opened 3 times, 2 in a row, last by errors',
    ])
  })

  it.each<[string, Partial<typeof circuit>]>([
    ['HalfOpen for 12 s, judged in 48 s: r', { state: 'HalfOpen', judged: 'HalfOpen' }],
    ['Open for 12 s, tried again at the next reading: r', { until: ago(1) }],
    ['Closed (would be Open) for 12 s, tried again in 48 s: r', { mode: 'MetricsOnly', state: 'Closed' }],
  ])('says %s', (line, changes) => {
    expect(sectionOf(explain({ circuit: { ...circuit, reason: 'r', ...changes } }), 'Circuit')?.[0]).toBe(line)
  })

  it('is left out while there is none', () => {
    expect(sectionOf(explain({}), 'Circuit')).toBeUndefined()
  })
})

describe('the signals', () => {
  it('that come from elsewhere say from where', () => {
    const text = explain({
      signalsAt: ago(1),
      signals: {
        pool: { value: 0.9, text: '90 %', from: 'pgbouncer at Service pgbouncer' },
        queue: { text: 'unknown', why: 'connection refused', from: 'http://p:9090' },
      },
    })
    expect(sectionOf(text, 'Signals')?.slice(0, 2)).toEqual([
      'pool    90 %      from pgbouncer at Service pgbouncer',
      'queue   unknown   from http://p:9090 (connection refused)',
    ])
  })

  it('stand as people write them, with why one is unknown, the replicas, and their age', () => {
    const text = explain({
      signalsAt: ago(1.5),
      signals: {
        rps: { value: 1840, text: '1,840 req/s' },
        cpu: { text: 'unknown', why: 'web-1: timeout after 800 ms' },
        replicasWanted: { value: 4, text: '4' },
      },
      replicas: { wanted: 4, ready: 3 },
    })
    expect(sectionOf(text, 'Signals')).toEqual([
      'rps        1,840 req/s',
      'cpu        unknown               (web-1: timeout after 800 ms)',
      'replicas   3 ready of 4 wanted',
      'as of 1.5 s ago',
    ])
  })

  it('are left out before the first reading', () => {
    expect(sectionOf(explain({ replicas: { wanted: 1, ready: 1 } }), 'Signals')).toBeUndefined()
  })
})

describe('the last decision', () => {
  it('says that there was no cause for any', () => {
    expect(sectionOf(explain({}), 'Last decision')).toEqual([
      'None yet: nothing has been breached, and no scaling has been called for.',
    ])
  })

  it('stands with every interlock when it was vetoed', () => {
    const text = explain({
      lastDecision: {
        at: ago(3),
        verdict: 'Vetoed',
        summary: 'Did not set Deployment/checkout-v2 replicas from 2 to 4, vetoed by cooldown (…)',
        reasons: ['CPU is 95 %, over its limit of 90 %: asks for 4'],
        interlocks: [...INTERLOCKS],
      },
    })
    expect(sectionOf(text, 'Last decision')).toEqual([
      'Vetoed, 3 s ago: Did not set Deployment/checkout-v2 replicas from 2 to 4, vetoed by cooldown (…)',
      'interlocks',
      '  leadership   Allow   this replica leads',
      '  cooldown     Veto    the last act was 3 s ago; the cooldown is 15 s',
    ])
  })

  it('lists its reasons when there are several, and says what it would do', () => {
    const text = explain({
      lastDecision: { at: ago(60), verdict: 'WouldAct', summary: 'Would set', reasons: ['one', 'two'], interlocks: [] },
    })
    expect(sectionOf(text, 'Last decision')).toEqual([
      'WouldAct, 1 m ago: Would set',
      'because',
      '  - one',
      '  - two',
      'interlocks',
    ])
  })
})

describe('the recent acts', () => {
  const act = (number: number, more: Partial<NonNullable<GuardStatus['recentActions']>[number]> = {}) => ({
    id: `id-${number}`,
    at: ago(100 - number),
    remedy: 'scale',
    field: 'Deployment/web replicas',
    from: number,
    to: number + 1,
    why: 'CPU',
    outcome: 'Done' as const,
    ...more,
  })

  it('stand newest first with outcome, verdict, and why they were done or failed', () => {
    const recentActions = [
      act(1, { verdict: 'Improved' }),
      act(2, { outcome: 'Failed', detail: 'PATCH: 403 Forbidden' }),
      act(3, { outcome: 'Pending' }),
    ]
    expect(sectionOf(explain({ recentActions }), 'Recent acts')).toEqual([
      '1 m 37 s ago   Deployment/web replicas 3 → 4   Pending          CPU',
      '1 m 38 s ago   Deployment/web replicas 2 → 3   Failed           PATCH: 403 Forbidden',
      '1 m 39 s ago   Deployment/web replicas 1 → 2   Done, Improved   CPU',
    ])
  })

  it('are the last ten', () => {
    const recentActions = Array.from({ length: 14 }, (_, index) => act(index))
    const lines = sectionOf(explain({ recentActions }), 'Recent acts') ?? []
    expect(lines.map((line) => /replicas (\d+)/.exec(line)?.[1])).toEqual([
      '13',
      '12',
      '11',
      '10',
      '9',
      '8',
      '7',
      '6',
      '5',
      '4',
    ])
  })
})

describe('the open incident', () => {
  it('is named with the command that shows it', () => {
    expect(sectionOf(explain({ incident: 'checkout-abc' }), 'Open incident')).toEqual([
      'checkout-abc: kubectl describe incident -n shop checkout-abc',
    ])
  })

  it('is left out while there is none', () => {
    expect(sectionOf(explain({}), 'Open incident')).toBeUndefined()
  })
})

it('a status in a form that is not understood is said to be so, not passed off as calm', () => {
  const guard = {
    metadata: { namespace: 'shop', name: 'checkout' },
    spec: { target: { name: 'checkout' } },
    status: { conditions: 'none', lastDecision: 7 },
  }
  expect(explainGuard(guard, NOW)).toBe(
    "shop/checkout (Observe, Deployment checkout) has a status that can't be read (status.conditions, status.lastDecision): was it written by another version of Evenkeel?",
  )
})

describe('maintenance', () => {
  const ledger = { since: ago(9_000), seenAt: ago(1), open: [], recent: [] }
  const lines = (maintenance: NonNullable<GuardStatus['ledger']>['maintenance']) =>
    sectionOf(explain({ ledger: { ...ledger, ...(maintenance === undefined ? {} : { maintenance }) } }), 'Maintenance')

  it('is left out while there is none', () => {
    expect(lines(undefined)).toBeUndefined()
  })

  it('that is on is told with its end, and what makes it so', () => {
    const cron = { by: 'cron', cron: '0 3 * * 0', timezone: 'Europe/Berlin', until: ago(-1800) } as const
    expect(lines([{ by: 'annotation', until: ago(-60) }, cron])).toEqual([
      'On until 2026-01-01T12:01:00.000Z (1 m more), by the annotation evenkeel.dev/maintenance-until',
      'On until 2026-01-01T12:30:00.000Z (30 m more), by the cron "0 3 * * 0" (Europe/Berlin)',
    ])
  })

  it('whose end has come while no controller ran is not told as going on', () => {
    expect(lines([{ by: 'annotation', until: ago(60) }])).toEqual([
      'Was on until 2026-01-01T11:59:00.000Z (1 m ago), by the annotation evenkeel.dev/maintenance-until',
    ])
  })
})
