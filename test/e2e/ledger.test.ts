// The ledger on the real control plane: outages of real pods, against the times at which the test made and saw them.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mergePatch } from '../../controller/kube/objects.ts'
import { GUARDS } from '../../controller/kube/resource-type.ts'
import type { LedgerStatus } from '../../controller/model/ledger-status.ts'
import { ANNOTATIONS } from '../../controller/model/names.ts'
import { evenkeel } from '../cli/evenkeel.ts'
import { type Controller, type Named, startController, statusOf, until } from './support/product.ts'
import { NAMESPACE, quickGuard, startWorld, type World, type WorldLoad } from './support/world.ts'

/** How often the Guard looks. */
const INTERVAL_MS = 1_000
/** What the pod's state may take from the kubelet through the API server to the controller. */
const WATCH_MS = 500

let world: World
let controller: Controller
let guard: Named
let load: WorldLoad

beforeAll(async () => {
  world = await startWorld()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
  await world.deploy('till', 2)
  guard = await world.guard('till', {
    ...quickGuard('till', { mode: 'Observe', limits: { minimumRequests: 5, release: { below: '80%', for: '2s' } } }),
    objectives: { availability: '99.9%', latency: { p95: '250ms' } },
  })
  load = await world.load('till', 30)
  await untilUp()
})
afterAll(async () => {
  await load?.stop()
  await controller?.stop()
  await world?.stop()
})

async function ledger(): Promise<LedgerStatus> {
  const { ledger: kept } = await statusOf(world.admin, guard)
  if (kept === undefined) throw new Error('there is no ledger yet')
  return kept
}

/** Waits until nothing is wrong or unknown, and some of that time has been written. */
async function untilUp(): Promise<void> {
  await until('the service is up', async () => {
    const { open, recent, seenAt } = await ledger()
    return open.length === 0 && recent.every(({ end }) => Date.parse(end) < Date.parse(seenAt) - INTERVAL_MS)
  })
}

/** Kills the process of every pod; returns when. */
async function killAll(): Promise<number> {
  const pods = await world.podsOf('till')
  const pids = pods.map((pod) => world.kubelet.podProcess(NAMESPACE, pod.name)?.pid)
  const at = Date.now()
  for (const pid of pids) {
    if (pid === undefined) throw new Error('a pod has no process')
    process.kill(pid, 'SIGKILL')
  }
  return at
}

const anyReady = async () => (await world.podsOf('till')).some((pod) => pod.ready)

/** Follows the pods closely; returns when they were first seen as wanted. */
async function whenReady(ready: boolean): Promise<number> {
  for (;;) {
    if ((await anyReady()) === ready) return Date.now()
    await sleep(20)
  }
}

async function outages(): Promise<{ start: number; end: number }[]> {
  return (await ledger()).recent
    .filter(({ kind }) => kind === 'down')
    .map(({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) }))
}

function expectWithinAnInterval(lateMs: number): void {
  expect(lateMs).toBeGreaterThanOrEqual(-INTERVAL_MS)
  expect(lateMs).toBeLessThanOrEqual(INTERVAL_MS + WATCH_MS)
}

describe('an outage caused by killing every pod', () => {
  it('stands in the ledger with its onset and its recovery, within one scrape interval of the truth', async () => {
    // The kubelet starts a container again at once the first time, which may be over between two looks; then after ten seconds.
    await killAll()
    await whenReady(false)
    await whenReady(true)
    await untilUp()
    const before = (await outages()).length
    const killedAt = await killAll()
    await whenReady(false)
    const readyAt = await whenReady(true)
    const found = await until('it is over', async () => (await outages())[before])
    const late = { onset: found.start - killedAt, recovery: found.end - readyAt }
    if (process.env.EVENKEEL_E2E_LOG) console.error({ ...late, tookMs: readyAt - killedAt })
    expectWithinAnInterval(late.onset)
    expectWithinAnInterval(late.recovery)
    await untilUp()
  })

  it('is told by evenkeel ledger and by the metrics', async () => {
    const kubeconfig = world.cluster.kubeconfigFor('evenkeel')
    const told = await evenkeel(['ledger', 'shop/till', '--kubeconfig', kubeconfig, '-o', 'json'])
    expect([told.code, told.stderr]).toEqual([0, ''])
    const [list, figures] = [await outages(), JSON.parse(told.stdout)]
    const down = list.reduce((sum, { start, end }) => sum + (end - start), 0) / 1000
    expect(figures).toMatchObject({ guard: 'shop/till', outages: list.length, openIncidents: 0 })
    expect(figures.down).toBeCloseTo(down, 6)
    expect(figures.mttrSeconds).toBeCloseTo(down / list.length, 6)
    // Thirty a second for a while; none failed that a pod could count.
    expect(figures.requests).toBeGreaterThan(100)
    expect(figures.availabilityByRequests).toBe(1)
    // The same requests are in the objectives; the time of the outages was not watched.
    expect(figures.objectives).toMatchObject([
      { objective: 'availability', bad: 0, budgetLeft: 1 },
      { objective: 'latency', within: 0.25 },
    ])
    for (const { requests, coverage } of figures.objectives) {
      expect(requests).toBeGreaterThan(100)
      expect(coverage).toBeGreaterThan(0)
      expect(coverage).toBeLessThan(1)
    }
    const table = await evenkeel(['ledger', 'shop/till', '--kubeconfig', kubeconfig])
    expect(table.stdout).toMatch(/^shop\/till, as of .*\nWindow +30 d/)
    const metrics = await (await fetch(`${controller.url}/metrics`)).text()
    expect(metrics).toContain(`evenkeel_guard_outages{namespace="shop",guard="till"} ${list.length}`)
    expect(metrics).toMatch(/^evenkeel_guard_availability\{namespace="shop",guard="till"\} 0\.\d+$/m)
  })
})

describe('a controller that is down during an outage', () => {
  it('counts that time as unknown: neither as up nor as down', async () => {
    const before = (await outages()).length
    const killedAt = await killAll()
    // Now it is twenty seconds: long enough for the outage to be written, and written again.
    await until('the outage is seen and goes on', async () => {
      const { open, seenAt } = await ledger()
      return open.some(({ kind, start }) => kind === 'down' && start < seenAt)
    })
    await controller.kill()
    const { open, seenAt } = await ledger()
    expect(open.map(({ kind }) => kind)).toEqual(['down'])
    await whenReady(true)
    const startedAt = Date.now()
    controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
    await untilUp()

    const { recent } = await ledger()
    const outage = (await outages())[before]
    expectWithinAnInterval((outage?.start ?? Number.NaN) - killedAt)
    expect(outage?.end).toBe(Date.parse(seenAt))
    expect((await outages()).length).toBe(before + 1)
    const gap = recent.find(({ kind, start }) => kind === 'unknown' && start === seenAt)
    expect(Date.parse(gap?.end ?? '')).toBeGreaterThan(startedAt)
  })
})

describe('maintenance', () => {
  it('that is announced on the Guard is left out, until it is called off', async () => {
    const annotate = (until: string | null) =>
      mergePatch(world.admin, GUARDS, guard, { metadata: { annotations: { [ANNOTATIONS.maintenanceUntil]: until } } })
    await annotate('tomorrow')
    await until('it is told that this can’t be read', async () => (await ledger()).fault?.includes('"tomorrow"'))
    await annotate(new Date(Date.now() + 3_600_000).toISOString())
    await until('it has begun', async () => (await ledger()).open.some(({ kind }) => kind === 'maintenance'))
    await annotate(null)
    await until('it is over', async () => (await ledger()).recent.some(({ kind }) => kind === 'maintenance'))
    expect(await ledger()).not.toHaveProperty('fault')
  })

  it('by cron that has begun already is told with its end, until it is taken out of the spec', async () => {
    const spec = (maintenance: object[]) => mergePatch(world.admin, GUARDS, guard, { spec: { maintenance } })
    const began = new Date(Date.now() - 120_000)
    const cron = `${began.getUTCMinutes()} ${began.getUTCHours()} * * *`
    const end = new Date(began.setUTCSeconds(0, 0) + 3_600_000).toISOString()
    const before = (await ledger()).recent.filter(({ kind }) => kind === 'maintenance').length
    await spec([{ cron, for: '1h' }])
    await until('it is on', async () => (await ledger()).maintenance !== undefined)
    expect((await ledger()).maintenance).toEqual([{ by: 'cron', cron, timezone: 'UTC', until: end }])
    const kubeconfig = world.cluster.kubeconfigFor('evenkeel')
    const table = await evenkeel(['ledger', 'shop/till', '--kubeconfig', kubeconfig])
    expect(table.stdout).toContain(`\nMaintenance: On until ${end} (`)
    await spec([])
    await until('it is over', async () => {
      const { recent, maintenance } = await ledger()
      return maintenance === undefined && recent.filter(({ kind }) => kind === 'maintenance').length > before
    })
  })
})
