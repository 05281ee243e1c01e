// The push to Alertmanagers: at once, again before it lapses, over when it is over, and never in the way of another one.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { buildAlerts } from '../../alerts/build.ts'
import type { Alertmanager } from '../../alerts/push/alertmanager.ts'
import { type Bell, createBell } from '../../alerts/push/bell.ts'
import { AGAIN_AFTER_MS, HELD_MS, LAPSES_AFTER_MS } from '../../alerts/push/book.ts'
import { type ExhaustedGuard, exhaustedAlert, exhaustedGuards } from '../../alerts/push/exhausted.ts'
import { type GroupLook, urgentGroups } from '../../alerts/push/groups.ts'
import { type PushDeps, pushAlerts } from '../../alerts/push.ts'
import { type ManualClock, manualClock, settle } from '../runtime/manual-clock.ts'
import { guardOf, OPTIONS } from './guards.ts'

const CHECKOUT: ExhaustedGuard = { namespace: 'shop', name: 'checkout', team: 'payments', since: Date.UTC(2026, 0, 1) }

interface Posted {
  readonly labels: Record<string, string>
  readonly startsAt: number
  readonly endsAt: number
}

let clock: ManualClock
let bell: Bell
let ending: AbortController
let exhausted: ExhaustedGuard[]
let leads: boolean
let outcomes: string[]
let said: unknown[]

beforeEach(() => {
  clock = manualClock()
  bell = createBell(clock)
  ending = new AbortController()
  exhausted = []
  leads = true
  outcomes = []
  said = []
})
afterEach(() => ending.abort())

/** Takes what it is told, unless it is down. */
function notingAlertmanager(name = 'am') {
  const posts: Posted[][] = []
  const state = { isDown: false, posts, name }
  return Object.assign(state, {
    post: async (alerts: readonly Posted[]) => {
      if (state.isDown) throw new Error('refused')
      posts.push([...alerts])
    },
  })
}

function start(alertmanagers: readonly Alertmanager[], more: Partial<PushDeps> = {}): void {
  void pushAlerts({
    clock,
    bell,
    alertmanagers,
    externalLabels: {},
    urgent: () => exhausted.map((guard) => exhaustedAlert(guard, OPTIONS)),
    isLeading: () => leads,
    onPush: (outcome) => void outcomes.push(outcome),
    onChange: ({ error }) => void said.push(error),
    signal: ending.signal,
    ...more,
  })
}

describe('a Guard that becomes exhausted', () => {
  it('is told at once when the bell rings, with the labels and texts of the rule', async () => {
    const am = notingAlertmanager()
    start([am], { externalLabels: { cluster: 'eu' } })
    await clock.advance(500)
    expect(am.posts).toEqual([])
    exhausted = [CHECKOUT]
    bell.ring()
    await settle()
    const rule = buildAlerts([guardOf()], OPTIONS)
      .sets.flatMap((set) => set.groups.flatMap((group) => group.alerts.map((alert) => alert.rule)))
      .find(({ alert }) => alert === 'RemedyExhausted')
    expect(am.posts).toEqual([
      [
        {
          labels: { alertname: 'RemedyExhausted', cluster: 'eu', ...rule?.labels },
          annotations: rule?.annotations,
          startsAt: CHECKOUT.since,
          endsAt: clock.now() + LAPSES_AFTER_MS,
        },
      ],
    ])
  })

  it('is told within a second without a bell, and not again until it is time to', async () => {
    const am = notingAlertmanager()
    start([am])
    await settle()
    exhausted = [CHECKOUT]
    await clock.advance(1_000)
    expect(am.posts).toHaveLength(1)
    await clock.advance(AGAIN_AFTER_MS - 1_000)
    expect(am.posts).toHaveLength(1)
    await clock.advance(2_000)
    expect(am.posts).toHaveLength(2)
    await clock.advance(600_000)
    const ends = am.posts.map(([one]) => one?.endsAt ?? 0)
    const gaps = am.posts.slice(1).map(([one], index) => (one?.endsAt ?? 0) - (ends[index] ?? 0))
    expect(am.posts.length).toBeGreaterThan(15)
    expect(Math.max(...gaps)).toBeLessThan(LAPSES_AFTER_MS / 2)
  })

  it('is told over once, some minutes after it is over, and is forgotten then', async () => {
    const am = notingAlertmanager()
    exhausted = [CHECKOUT]
    start([am])
    await clock.advance(10_000)
    exhausted = []
    const overAt = clock.now()
    await clock.advance(HELD_MS + 2_000)
    const last = am.posts.at(-1)?.[0]
    expect(last?.endsAt).toBeLessThanOrEqual(clock.now())
    expect(last?.endsAt).toBeGreaterThanOrEqual(overAt + HELD_MS)
    const { length } = am.posts
    for (const [one] of am.posts.slice(0, -1)) expect(one?.endsAt).toBeGreaterThan(overAt)
    await clock.advance(600_000)
    expect(am.posts).toHaveLength(length)
  })

  it('that comes back meanwhile is the same alert still, and is never told over', async () => {
    const am = notingAlertmanager()
    exhausted = [CHECKOUT]
    start([am])
    await clock.advance(10_000)
    exhausted = []
    await clock.advance(HELD_MS - 20_000)
    exhausted = [{ ...CHECKOUT, since: clock.now() }]
    await clock.advance(60_000)
    for (const [one] of am.posts) expect(one?.startsAt).toBe(CHECKOUT.since)
    expect(am.posts.at(-1)?.[0]?.endsAt).toBeGreaterThan(clock.now())
  })

  it('and is over before it could be told is never told: it is healed', async () => {
    const am = notingAlertmanager()
    am.isDown = true
    exhausted = [CHECKOUT]
    start([am])
    await clock.advance(60_000)
    exhausted = []
    am.isDown = false
    await clock.advance(600_000)
    expect(am.posts).toEqual([])
  })
})

describe('a replica that does not lead', () => {
  it('tells nothing, and one that has lost the lead tells nothing more', async () => {
    const am = notingAlertmanager()
    leads = false
    exhausted = [CHECKOUT]
    start([am])
    await clock.advance(60_000)
    expect(am.posts).toEqual([])
    leads = true
    await clock.advance(1_000)
    expect(am.posts).toHaveLength(1)
    leads = false
    exhausted = []
    await clock.advance(600_000)
    expect(am.posts).toHaveLength(1)
  })
})

describe('an Alertmanager that is down', () => {
  it('is tried again ever more seldom, is said once to be down and once to be back, and gets what is due then', async () => {
    const am = notingAlertmanager()
    am.isDown = true
    exhausted = [CHECKOUT]
    start([am])
    await clock.advance(60_000)
    const { length } = outcomes
    expect(length).toBeGreaterThan(5)
    expect(length).toBeLessThan(9)
    expect(new Set(outcomes)).toEqual(new Set(['failed']))
    expect(said).toEqual([expect.any(Error)])
    am.isDown = false
    await clock.advance(30_000)
    expect(am.posts.length).toBeGreaterThan(0)
    expect(outcomes.at(-1)).toBe('ok')
    expect(said).toEqual([expect.any(Error), undefined])
  })

  it('delays no other: one that never answers is waited for by nobody', async () => {
    const hung: Alertmanager = { name: 'hung', post: () => new Promise(() => {}) }
    const am = notingAlertmanager()
    exhausted = [CHECKOUT]
    start([hung, am])
    await clock.advance(1_000)
    expect(am.posts).toHaveLength(1)
  })
})

describe('the Guards that are exhausted', () => {
  const condition = (status: 'True' | 'False' | 'Unknown') => ({
    type: 'Exhausted',
    status,
    reason: 'r',
    message: 'm',
    lastTransitionTime: '2026-01-01T00:00:00.000Z',
  })

  it('are those whose condition is True, with the team of their label', () => {
    const looks = (['True', 'False', 'Unknown'] as const).map((status) => ({
      namespace: 'shop',
      name: status,
      conditions: [condition(status)],
      inMaintenance: () => false,
    }))
    const rawOf = vi.fn(() => ({ metadata: { labels: { 'evenkeel.dev/team': 'payments' } } }))
    expect([...exhaustedGuards(looks, rawOf)]).toEqual([
      { namespace: 'shop', name: 'True', team: 'payments', since: Date.UTC(2026, 0, 1) },
    ])
    expect(rawOf).toHaveBeenCalledWith('shop/True')
  })

  it('are none of those under maintenance', () => {
    const look = { namespace: 'shop', name: 'checkout', conditions: [condition('True')], inMaintenance: () => true }
    expect([...exhaustedGuards([look], () => undefined)]).toEqual([])
  })

  it('have the team that is configured when they have none', async () => {
    const am = notingAlertmanager()
    const guard = { ...CHECKOUT, team: undefined }
    start([am], { urgent: () => [exhaustedAlert(guard, { ...OPTIONS, team: 'sre' })] })
    await settle()
    expect(am.posts[0]?.[0]?.labels.team).toBe('sre')
  })
})

describe('a FailoverGroup', () => {
  const SINCE = Date.UTC(2026, 0, 1)
  const at = (ms: number) => new Date(ms).toISOString()
  const said = (type: string, status: 'True' | 'False' | 'Unknown', reason = 'r') => ({
    type,
    status,
    reason,
    message: 'm',
    lastTransitionTime: at(SINCE),
  })
  const group = (...conditions: ReturnType<typeof said>[]): GroupLook => ({
    namespace: 'shop',
    name: 'db',
    status: { conditions },
  })
  const switching = (startedAt: number): GroupLook['status']['switch'] => ({
    epoch: 2,
    kind: 'Failover',
    from: 'db-0',
    to: 'db-1',
    step: 'Fencing',
    stepSince: at(startedAt),
    startedAt: at(startedAt),
    by: 'evenkeel',
    reason: 'r',
  })
  const alertsAt = (look: GroupLook, now: number) => [...urgentGroups([look], OPTIONS, now)].map(({ key }) => key)

  it.each<[string, ReturnType<typeof said>, number, readonly string[]]>([
    ['that is refused a failover', said('FailoverRefused', 'True'), 0, ['FailoverRefused shop/db']],
    ['that needs none', said('FailoverRefused', 'False'), 600_000, []],
    ['of which it is not known', said('FailoverRefused', 'Unknown'), 600_000, []],
    ['with two primaries', said('Available', 'False', 'TwoPrimaries'), 0, ['FailoverGroupUnavailable shop/db']],
    ['that has just lost its primary', said('Available', 'False', 'PrimaryDown'), 59_999, []],
    [
      'that has been without a primary for a minute',
      said('Available', 'False', 'PrimaryDown'),
      60_000,
      ['FailoverGroupUnavailable shop/db'],
    ],
    ['whose primary is well', said('Available', 'True'), 600_000, []],
    ['whose primary can’t be asked', said('Available', 'Unknown'), 600_000, []],
  ])('%s is urgent, or not', (_, condition, afterMs, keys) => {
    expect(alertsAt(group(condition), SINCE + afterMs)).toEqual(keys)
  })

  it('that is switched is given five minutes for it', () => {
    const look = group(said('Available', 'False', 'TwoPrimaries'))
    const under = { ...look, status: { ...look.status, switch: switching(SINCE) } }
    expect(alertsAt(under, SINCE + 299_999)).toEqual([])
    expect(alertsAt(under, SINCE + 300_000)).toEqual(['FailoverGroupUnavailable shop/db'])
  })

  it.each(['FailoverRefused', 'FailoverGroupUnavailable'])(
    'is told of %s with the labels and texts that Prometheus gives the rule, until it is over',
    async (name) => {
      const am = notingAlertmanager()
      const isRefused = name === 'FailoverRefused'
      let looks = [
        group(said('FailoverRefused', isRefused ? 'True' : 'False'), said('Available', 'False', 'TwoPrimaries')),
      ]
      start([am], { urgent: () => urgentGroups(looks, OPTIONS, clock.now()) })
      await settle()
      const rule = buildAlerts([], OPTIONS)
        .sets.flatMap((set) => set.groups.flatMap((one) => one.alerts.map((alert) => alert.rule)))
        .find(({ alert }) => alert === name)
      const fill = (texts: Record<string, string> = {}) =>
        JSON.parse(
          JSON.stringify(texts).replaceAll('{{$labels.namespace}}', 'shop').replaceAll('{{$labels.group}}', 'db'),
        )
      expect(JSON.stringify(rule)).toContain('{{$labels.group}}')
      // One that is refused a failover is not told of as unavailable, too.
      expect(am.posts[0]).toHaveLength(1)
      expect(am.posts[0]?.[0]).toEqual({
        labels: { ...fill(rule?.labels), alertname: name, namespace: 'shop', group: 'db' },
        annotations: fill(rule?.annotations),
        startsAt: SINCE,
        endsAt: clock.now() + LAPSES_AFTER_MS,
      })
      looks = [group(said('FailoverRefused', 'False'), said('Available', 'True'))]
      await clock.advance(HELD_MS + 2_000)
      const last = am.posts.at(-1)?.find(({ labels }) => labels.alertname === name)
      expect(last?.endsAt).toBeLessThanOrEqual(clock.now())
    },
  )
})
