// The collector on what a real control plane and a real controller wrote during a spike: fixtures/spike.jsonl was recorded at test/e2e's
// world (two services, 130 requests per second on each for 12 s), with managedFields and pod specs left out.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Collector, createCollector, type ObjectType } from '../../../sandbox/view/collect.ts'
import type { LogLine } from '../../../sandbox/view/model.ts'

interface Row {
  readonly at: number
  readonly type?: ObjectType
  readonly gone?: ObjectType
  readonly raw: { readonly metadata: { readonly name: string; readonly namespace: string } }
}

const ROWS: readonly Row[] = readFileSync(new URL('fixtures/spike.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const START = (ROWS[0]?.at ?? 0) - 1

interface Replay {
  readonly collector: Collector
  now: number
}

function begin(at = START, order: readonly string[] = []): Replay {
  const clock = { now: at }
  return Object.assign(clock, { collector: createCollector({ now: () => clock.now, order }) })
}

function play(replay: Replay, row: Row): void {
  replay.now = row.at
  if (row.gone !== undefined) replay.collector.gone(row.gone, row.raw)
  else if (row.type !== undefined) replay.collector.see(row.type, row.raw)
}

function playAll(rows: readonly Row[], after: (replay: Replay, row: Row) => void = () => {}) {
  const replay = begin()
  for (const row of rows) {
    play(replay, row)
    after(replay, row)
  }
  return replay.collector.snapshot(replay.now + 3_000)
}

const told = (log: readonly LogLine[]): string[] => log.map(({ kind, service, text }) => `${kind} ${service}: ${text}`)

const OVER = 'Load is 130 req/s, over what the ready replicas serve, 80 req/s'
const STORY = [
  'saw checkout: up: 2 replicas ready',
  'saw reviews: up: 2 replicas ready',
  'saw checkout: every signal is seen, and within its limit',
  'trouble checkout: the Guard wrong is refused: spec.limits.hodl ("2s") is not a known field: did you mean hold?',
  'saw reviews: every signal is seen, and within its limit',
  'saw reviews: onset: Load past the limit',
  'saw checkout: onset: Load past the limit',
  `saw reviews: detected after 2 s: ${OVER}`,
  `decided reviews: would scale 2 → 4, but only observes: ${OVER}: 130 req/s ÷ 40 req/s per replica asks for 4`,
  `saw checkout: detected after 2 s: ${OVER}`,
  `decided checkout: scale 2 → 4: ${OVER}: 130 req/s ÷ 40 req/s per replica asks for 4`,
  'did checkout: replicas 2 → 4',
  'saw checkout: mitigated: back under the limit 3 s after onset',
  'saw checkout: 4 replicas ready, 1.3 s after they were asked for',
  'saw checkout: resolved 10 s after onset',
  'decided reviews: would scale 2 → 3, but only observes: Load is 94 req/s, over what the ready replicas serve, 80 req/s: 94 req/s ÷ 40 req/s per replica asks for 3',
  'saw reviews: mitigated: back under the limit 13 s after onset',
  'saw checkout: replicas 2 → 4: it helped',
  'saw reviews: resolved 19 s after onset',
  'decided checkout: scale 4 → 2: Every signal has been calm for 7 s, and 2 replicas are enough (min is 2)',
  'did checkout: replicas 4 → 2',
  'saw checkout: down to 2 replicas',
]

describe('the log of a real spike', () => {
  it('tells it in plain words, in the order it happened', () => {
    expect(told(playAll(ROWS).log)).toEqual(STORY)
  })

  it('tells nothing twice when everything is listed again after every change', () => {
    const { log } = playAll(ROWS, (replay, row) => {
      const latest = new Map<string, Row>()
      for (const one of ROWS.slice(0, ROWS.indexOf(row) + 1)) {
        const key = `${one.type ?? one.gone}/${one.raw.metadata.name}`
        if (one.gone === undefined) latest.set(key, one)
        else latest.delete(key)
      }
      for (const one of latest.values()) play(replay, { ...one, at: row.at })
    })
    expect(told(log)).toEqual(STORY)
  })

  it('tells nothing twice when a Guard or an Incident seems to be gone for a moment', () => {
    const { log } = playAll(ROWS, (replay, row) => {
      if (row.type !== 'guards' && row.type !== 'incidents') return
      replay.collector.gone(row.type, row.raw)
      replay.collector.see(row.type, row.raw)
    })
    const once = told(log).filter((line) => !/every signal|is refused/.test(line))
    expect(once).toEqual(STORY.filter((line) => !/every signal|is refused/.test(line)))
  })

  it('loses no act and no entry of an incident, whichever versions a broken watch skips', () => {
    const last = new Set(
      ROWS.filter(
        (row, index) =>
          !ROWS.slice(index + 1).some(
            (later) => later.type === row.type && later.raw.metadata.name === row.raw.metadata.name,
          ),
      ),
    )
    const kept = STORY.filter((line) => /^did|onset|detected|mitigated|resolved|would scale/.test(line)).sort()
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: ROWS.length, maxLength: ROWS.length }), (sees) => {
        const { log } = playAll(ROWS.filter((row, index) => sees[index] || last.has(row)))
        expect(
          told(log)
            .filter((line) => /^did|onset|detected|mitigated|resolved|would scale/.test(line))
            .sort(),
        ).toEqual(kept)
      }),
      { numRuns: 50 },
    )
  })

  it('takes what was there before it began for history', () => {
    const replay = begin(ROWS.at(-1)?.at)
    for (const row of ROWS.slice(-12))
      if (row.type === 'guards' || row.type === 'incidents') replay.collector.see(row.type, row.raw)
    expect(told(replay.collector.snapshot(replay.now).log).filter((line) => /^did|onset|detected/.test(line))).toEqual(
      [],
    )
  })
})

describe('the services', () => {
  const until = (pattern: RegExp) => {
    const replay = begin(START, ['checkout', 'reviews'])
    for (const row of ROWS) {
      play(replay, row)
      const snapshot = replay.collector.snapshot(row.at)
      if (told(snapshot.log).some((line) => pattern.test(line))) return snapshot
    }
    throw new Error(`never told: ${pattern}`)
  }

  it('show a breach with the value, the limit and the share of it', () => {
    const { services, incident } = until(/^did checkout/)
    expect(services[0]).toMatchObject({
      name: 'checkout',
      mode: 'Enforce',
      health: { word: 'breached', why: `${OVER}.` },
      signals: {
        rps: { kind: 'known', text: '130/s', limitText: '80/s', phase: 'breached' },
        p99: { kind: 'known', phase: 'calm', limitText: '3 s' },
      },
      replicas: { max: 8, crashing: 0 },
    })
    const rps = services[0]?.signals.rps
    expect(rps?.kind === 'known' && rps.share).toBeCloseTo(130 / 80, 1)
    expect(incident).toMatchObject({
      guard: 'checkout',
      phase: 'Open',
      finding: 'Load reached 130 req/s; the limit was 80 req/s',
    })
  })

  it('show the incident from onset to resolution when it is over', () => {
    const { incident } = until(/^saw checkout: resolved/)
    expect(incident?.timeline.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['onset', 'detected']))
    const { incident: last } = playAll(ROWS)
    expect(last?.phase).toBe('Resolved')
  })

  it('show unknown with its reason, not as 0', () => {
    const { services } = playAll(ROWS)
    const lost = services.find(({ name }) => name === 'nowhere')
    expect(lost).toMatchObject({
      health: { word: 'unknown', why: 'Not seen: Deployment shop/nowhere does not exist.' },
      signals: { rps: { kind: 'unknown', why: 'Deployment shop/nowhere does not exist' }, errors: { kind: 'absent' } },
      replicas: undefined,
    })
  })

  it('show a value that grew old as unknown', () => {
    const replay = begin()
    for (const row of ROWS) play(replay, row)
    const [checkout] = replay.collector.snapshot(replay.now + 40_000).services
    expect(checkout?.signals.cpu).toMatchObject({
      kind: 'unknown',
      why: expect.stringMatching(/^the last reading is 4\d(\.\d)? s old$/),
    })
  })

  it('take live readings from the metrics of the controller', () => {
    const replay = begin()
    for (const row of ROWS) play(replay, row)
    replay.now += 1_000
    replay.collector.measure(
      [
        '# HELP evenkeel_guard_signal Value',
        'evenkeel_guard_signal{namespace="shop",guard="checkout",signal="rps"} 61.5',
        'evenkeel_guard_signal{namespace="shop",guard="nobody",signal="rps"} 7',
        'evenkeel_guard_signal_unknown{namespace="shop",guard="checkout",signal="rps"} 0',
        'evenkeel_guard_signal_unknown{namespace="shop",guard="checkout",signal="latencyP99"} 1',
        'evenkeel_guard_condition{namespace="shop",guard="checkout",condition="Healthy"} 1',
      ].join('\n'),
    )
    const [checkout] = replay.collector.snapshot(replay.now).services
    expect(checkout?.signals.rps).toMatchObject({ kind: 'known', value: 61.5, text: '62/s' })
    expect(checkout?.signals.p99).toMatchObject({ kind: 'unknown', why: 'it could not be measured' })
  })

  it('put core services before the others, in the order of the manifests', () => {
    const replay = begin(START, ['c', 'b', 'a'])
    for (const [name, tier] of [
      ['a', 'core'],
      ['b', 'non-core'],
      ['c', 'core'],
    ] as const)
      replay.collector.see('deployments', deployment(name, 1, 1, { tier }))
    expect(replay.collector.snapshot(START).services.map(({ name }) => name)).toEqual(['c', 'a', 'b'])
  })
})

const deployment = (name: string, replicas: number, readyReplicas: number, labels: object = {}) => ({
  metadata: { namespace: 'shop', name, labels },
  spec: { replicas, selector: { matchLabels: { app: name } } },
  status: { readyReplicas },
})

const pod = (changes: {
  ready?: boolean
  restartCount?: number
  state?: object
  lastState?: object
  deleted?: boolean
}) => ({
  metadata: {
    namespace: 'shop',
    name: 'checkout-x7',
    labels: { app: 'checkout' },
    ...(changes.deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: changes.ready === false ? 'False' : 'True' }],
    containerStatuses: [
      {
        restartCount: changes.restartCount ?? 0,
        state: changes.state ?? { running: {} },
        lastState: changes.lastState ?? {},
      },
    ],
  },
})

describe('what pods tell', () => {
  const terminated = { terminated: { exitCode: 1, reason: 'Error' } }
  const waiting = { waiting: { reason: 'CrashLoopBackOff' } }
  const tellingOf = (...pods: readonly object[]) => {
    const replay = begin()
    replay.collector.see('deployments', deployment('checkout', 2, 0))
    for (const one of pods) replay.collector.see('pods', one)
    return { lines: told(replay.collector.snapshot(START).log), replay }
  }

  it('is a crash, with its cause, and that it came back', () => {
    const { lines } = tellingOf(
      pod({}),
      pod({ ready: false, restartCount: 1, lastState: terminated }),
      pod({ restartCount: 1, lastState: terminated }),
    )
    expect(lines).toEqual([
      'saw checkout: pod checkout-x7 crashed (exit code 1)',
      'saw checkout: pod checkout-x7 is ready again',
    ])
  })

  it('is each crash of a loop once', () => {
    const { lines, replay } = tellingOf(
      pod({}),
      pod({ ready: false, restartCount: 1, lastState: terminated }),
      pod({ ready: false, restartCount: 1, state: waiting, lastState: terminated }),
      pod({ ready: false, restartCount: 2, lastState: terminated }),
      pod({ ready: false, restartCount: 2, state: waiting, lastState: { terminated: { exitCode: 137 } } }),
    )
    expect(lines).toEqual([
      'saw checkout: pod checkout-x7 crashed (exit code 1)',
      'saw checkout: pod checkout-x7 crashed (exit code 1), for the 2nd time; it waits before it is started again',
      'saw checkout: pod checkout-x7 crashed (signal 9), for the 3rd time; it waits before it is started again',
    ])
    expect(replay.collector.snapshot(START).services[0]?.replicas).toEqual({
      wanted: 2,
      ready: 0,
      max: undefined,
      crashing: 1,
    })
  })

  it('is a loss of readiness, but not the end of a pod that is told to end', () => {
    expect(tellingOf(pod({}), pod({ ready: false })).lines).toEqual([
      'saw checkout: pod checkout-x7 is not ready any more: it gets no requests',
    ])
    expect(tellingOf(pod({}), pod({ ready: false, deleted: true })).lines).toEqual([])
  })

  it('is that one is gone, when it was not taken away by a scale-in', () => {
    const { replay } = tellingOf(pod({}))
    replay.collector.gone('pods', pod({}))
    expect(told(replay.collector.snapshot(START).log)).toEqual(['saw checkout: pod checkout-x7 is gone'])
  })
})

describe('replicas that change', () => {
  it('without an act were changed by somebody else, which is told once it is sure', () => {
    const replay = begin()
    replay.collector.see('deployments', deployment('checkout', 2, 2))
    replay.collector.see('deployments', deployment('checkout', 5, 2))
    const lines = (afterMs: number) => told(replay.collector.snapshot(START + afterMs).log)
    expect(lines(1_000)).toEqual(['saw checkout: up: 2 replicas ready'])
    const after = ['saw checkout: up: 2 replicas ready', 'note checkout: replicas 2 → 5, changed by somebody else']
    expect(lines(3_000)).toEqual(after)
    expect(lines(9_000)).toEqual(after)
  })
})

describe('decisions', () => {
  const at = new Date(START + 1_000).toISOString()
  const decided = (verdict: string, summary: string) => {
    const replay = begin()
    replay.collector.see('guards', {
      metadata: { namespace: 'shop', name: 'checkout' },
      spec: { target: { name: 'checkout' } },
      status: { lastDecision: { at, verdict, summary, reasons: [], interlocks: [] } },
    })
    return told(replay.collector.snapshot(START).log)
  }
  const what = 'Deployment/checkout replicas'
  it.each([
    ['Acted', `Set ${what} from 2 to 4: CPU is 95 %`, 'decided checkout: scale 2 → 4: CPU is 95 %'],
    [
      'Vetoed',
      `Did not set ${what} from 2 to 4, vetoed by cooldown (the last act was 2 s ago; the cooldown is 15 s)`,
      'decided checkout: do not scale 2 → 4 yet: vetoed by cooldown (the last act was 2 s ago; the cooldown is 15 s)',
    ],
    [
      'Failed',
      `Set ${what} from 2 to 4: CPU is 95 %. It failed: 403 Forbidden`,
      'trouble checkout: could not scale 2 → 4: 403 Forbidden',
    ],
    [
      'Acted',
      'Set HorizontalPodAutoscaler/checkout minimum from 2 to 4: CPU is 95 %',
      'decided checkout: set HorizontalPodAutoscaler/checkout minimum 2 → 4: CPU is 95 %',
    ],
    ['Acted', 'Something new was done.', 'decided checkout: Something new was done.'],
  ])('%s: %s', (verdict, summary, line) => {
    expect(decided(verdict, summary)).toEqual([line])
  })
})

describe('what can’t be read', () => {
  it('is left out, and does not hide the rest', () => {
    const replay = begin()
    for (const type of ['guards', 'incidents', 'deployments', 'pods'] as const)
      for (const raw of [undefined, 7, {}, { metadata: {} }, { metadata: { name: 7 } }]) {
        replay.collector.see(type, raw)
        replay.collector.gone(type, raw)
      }
    replay.collector.see('guards', {
      metadata: { name: 'odd', namespace: 'shop' },
      spec: { target: { name: 'odd' }, mode: 'Sleep', limits: 7, remedies: [{ restart: {} }] },
      status: {
        conditions: [7, { type: 'Healthy', status: 'True' }],
        signals: { rps: { value: 'x', why: 'odd' } },
        breaches: 'no',
        lastDecision: {},
      },
    })
    const { services } = replay.collector.snapshot(START)
    expect(services).toMatchObject([
      { name: 'odd', mode: 'Observe', health: { word: 'calm' }, signals: { rps: { kind: 'unknown', why: 'odd' } } },
    ])
  })
})

describe('memory', () => {
  it('is bounded: the log and the histories keep the newest', () => {
    const replay = begin()
    replay.collector.see('guards', {
      metadata: { namespace: 'shop', name: 'checkout' },
      spec: { target: { name: 'checkout' } },
    })
    replay.collector.see('deployments', deployment('checkout', 1, 1))
    for (let round = 1; round <= 2_000; round += 1) {
      replay.now = START + round * 1_000
      replay.collector.see('deployments', deployment('checkout', 1 + (round % 2), 1 + (round % 2)))
      replay.collector.measure(`evenkeel_guard_signal{namespace="shop",guard="checkout",signal="rps"} ${round}\n`)
    }
    const { log, services } = replay.collector.snapshot(replay.now)
    expect(log.length).toBe(400)
    const rps = services[0]?.signals.rps
    expect(rps?.kind === 'known' && rps.history).toHaveLength(300)
    expect(rps?.kind === 'known' && rps.history.at(-1)).toBe(2_000)
  })
})
