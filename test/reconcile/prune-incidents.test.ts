// The leader deletes old Incidents over real HTTP: slowly, only as it saw them, and only while it leads.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { projectRaw } from '../../controller/kube/resources.ts'
import { pruneIncidents } from '../../controller/reconcile/prune-incidents.ts'
import { createSteadyClock } from '../../controller/runtime/steady-clock.ts'
import { SPEC, useRig } from './rig.ts'
import { GUARD, INCIDENTS } from './shop-api.ts'

const rig = useRig()
const SWEEP = 600_000

let leading: boolean
let stop: AbortController
let pruning: Promise<void>
/** Wall time less what the clock of the test has run. */
let jumpedMs: number
let checkForJump: () => number | undefined

beforeEach(() => {
  leading = true
  jumpedMs = 0
  stop = new AbortController()
  pruning = Promise.resolve()
  guard({ ...SPEC, incidents: { keep: 2 } })
})
afterEach(async () => {
  stop.abort()
  await pruning
})

function guard(spec: object): void {
  rig.api.put(GUARD, { metadata: { uid: 'g', generation: 1 }, spec })
}

function store(name: string, daysAgo: number, phase = 'Resolved'): void {
  const resolvedAt = new Date(rig.time.now() - daysAgo * 86_400_000).toISOString()
  const status = phase === 'Resolved' ? { phase, resolvedAt } : { phase }
  rig.api.put(`${INCIDENTS}/${name}`, { spec: { guard: 'checkout' }, status })
}

async function start(): Promise<void> {
  const { client, log } = (await rig.leader()).deps
  const clock = createSteadyClock({ ...rig.time, now: () => rig.time.now() + jumpedMs })
  checkForJump = () => clock.checkForJump()
  const guards = {
    get(key: string) {
      const raw = key === 'shop/checkout' ? rig.api.get(GUARD) : undefined
      return raw === undefined ? undefined : projectRaw(raw)
    },
  }
  const { signal } = stop
  pruning = pruneIncidents({ client, clock, log, guards, isLeading: () => leading, namespace: 'shop', signal })
}

/** Runs the clock, and waits for each answer of the API server on the way. */
async function run(ms: number): Promise<void> {
  const until = rig.time.monotonic() + ms
  for (;;) {
    const next = await vi.waitUntil(() => rig.time.next(), { timeout: 5_000, interval: 1 })
    if (next > until) break
    await rig.time.advance(next - rig.time.monotonic())
  }
  await rig.time.advance(until - rig.time.monotonic())
}

const deleted = () => rig.api.calls.flatMap((call) => call.match(/^DELETE incidents\/(.+)$/)?.[1] ?? [])
const lists = () => rig.api.calls.filter((call) => call === 'GET incidents').length

describe('old Incidents', () => {
  it('are deleted, the oldest first, and open and new ones stay', async () => {
    for (const [name, days] of [
      ['new', 1],
      ['newer', 0],
      ['third', 2],
      ['old', 40],
    ] as const)
      store(name, days)
    store('open', 90, 'Open')
    store('mitigated', 90, 'Mitigated')
    await start()
    await run(10_000)
    expect(deleted()).toEqual(['old', 'third'])
    expect(rig.api.get(`${INCIDENTS}/open`)).toBeDefined()
  })

  it('are deleted slowly, and looked for now and then', async () => {
    for (let index = 0; index < 30; index++) store(`old-${index}`, 40 + index)
    await start()
    await run(5_000)
    expect(deleted().length).toBeLessThanOrEqual(1)
    await run(5_000)
    expect(deleted().length).toBeLessThanOrEqual(11)
    await run(SWEEP - 15_000)
    expect([deleted().length, lists()]).toEqual([30, 1])
    store('later', 40)
    await run(15_000)
    expect([deleted().at(-1), lists()]).toEqual(['later', 2])
  })

  it('stay while another replica leads', async () => {
    store('old', 40)
    leading = false
    await start()
    await run(SWEEP)
    expect(lists()).toBe(0)
    leading = true
    await run(6_000)
    expect(deleted()).toEqual(['old'])
  })

  it('that were reopened since they were listed stay', async () => {
    store('first', 50)
    store('second', 40)
    await start()
    await run(5_000)
    // The first is being deleted, and the second comes half a second later.
    await vi.waitUntil(() => deleted().length === 1)
    store('second', 0, 'Open')
    await run(2_000)
    expect(deleted()).toEqual(['first', 'second'])
    expect(rig.api.get(`${INCIDENTS}/second`)).toMatchObject({ status: { phase: 'Open' } })
  })

  it('of a Guard whose spec can’t be used stay, since what it keeps is not known', async () => {
    guard({ ...SPEC, incidents: { keep: 'all' } })
    store('old', 400)
    await start()
    await run(10_000)
    expect([lists(), deleted()]).toEqual([1, []])
  })

  it('of a Guard that is gone are kept for 30 days', async () => {
    rig.api.remove(GUARD)
    store('old', 31)
    store('new', 29)
    await start()
    await run(10_000)
    expect(deleted()).toEqual(['old'])
  })

  it('are left alone while the clock is not steady: after a jump all would look old', async () => {
    store('new', 1)
    await start()
    jumpedMs = 60 * 86_400_000
    checkForJump()
    await run(29_000)
    expect(lists()).toBe(0)
  })

  it('that could not be listed are looked for again', async () => {
    store('old', 40)
    rig.api.failNext('GET incidents', 500)
    await start()
    await run(SWEEP + 20_000)
    expect([lists(), deleted()]).toEqual([2, ['old']])
  })
})
