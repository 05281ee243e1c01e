// The push to Alertmanagers: at once, again before it lapses, over when it is over, and never in the way of another one.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { buildAlerts } from '../../alerts/build.ts'
import type { AlertOptions } from '../../alerts/model.ts'
import type { Alertmanager } from '../../alerts/push/alertmanager.ts'
import { type Bell, createBell } from '../../alerts/push/bell.ts'
import { AGAIN_AFTER_MS, type ExhaustedGuard, HELD_MS, LAPSES_AFTER_MS } from '../../alerts/push/book.ts'
import { exhaustedGuards } from '../../alerts/push/exhausted.ts'
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
    options: OPTIONS,
    externalLabels: {},
    exhausted: () => exhausted,
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
    const options: AlertOptions = { ...OPTIONS, team: 'sre' }
    const am = notingAlertmanager()
    exhausted = [{ ...CHECKOUT, team: undefined }]
    start([am], { options })
    await settle()
    expect(am.posts[0]?.[0]?.labels.team).toBe('sre')
  })
})
