// Incidents and circuits on the real control plane: flaps are one Incident, old ones go, and a circuit outlives its leader.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusTable } from '../../controller/cli/status.ts'
import { applyStatus } from '../../controller/kube/apply.ts'
import { numberAt, textAt } from '../../controller/kube/json.ts'
import { createObject, listObjects } from '../../controller/kube/objects.ts'
import { GUARDS, INCIDENTS } from '../../controller/kube/resource-type.ts'
import { type Controller, nameOf, startController, statusOf, until } from './support/product.ts'
import { NAMESPACE, quickGuard, startWorld, type World } from './support/world.ts'

const DAY = 86_400_000

let world: World
let controller: Controller

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  expect(await controller?.stop()).toBe(0)
  await world?.stop()
})

/** An Incident as an earlier Evenkeel left it. */
async function leave(name: string, daysAgo: number, phase: 'Open' | 'Resolved'): Promise<void> {
  const at = new Date(Date.now() - daysAgo * DAY).toISOString()
  const spec = { guard: 'ledger', target: { kind: 'Deployment', name: 'ledger' } }
  await createObject(world.admin, INCIDENTS, { metadata: { namespace: NAMESPACE, name }, spec })
  await applyStatus(
    world.admin,
    INCIDENTS,
    { namespace: NAMESPACE, name },
    {
      phase,
      summary: name,
      onset: at,
      detectedAt: at,
      ...(phase === 'Resolved' ? { mitigatedAt: at, resolvedAt: at } : {}),
      findings: [],
      actions: [],
      timeline: [],
    },
  )
}

describe('Incidents of long ago', () => {
  it('are deleted by the leader, with the rights it has, and open and new ones stay', async () => {
    await world.guard('ledger', { target: { name: 'ledger' }, incidents: { keep: 3 } })
    for (const days of [1, 2, 3, 4, 5]) await leave(`recent-${days}`, days, 'Resolved')
    for (const days of [31, 40, 400]) await leave(`old-${days}`, days, 'Resolved')
    await leave('open-for-long', 400, 'Open')
    controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
    const left = async () => (await world.incidents('ledger')).map(nameOf).sort()
    await until('the old ones are gone', async () => (await left()).length === 4)
    expect(await left()).toEqual(['open-for-long', 'recent-1', 'recent-2', 'recent-3'])
    const told = 'Deleted 5 resolved Incidents that were past their retention'
    await until('it is told', () => controller.log.some((line) => textAt(line, 'msg') === told))
  })
})

describe('a service that flaps', () => {
  it('has one Incident, reopened each time, also by the next leader', async () => {
    await world.deploy('checkout', 2)
    await world.guard('checkout', { ...quickGuard('checkout', { mode: 'Observe' }), incidents: { reopenWithin: '1m' } })
    const load = await world.load('checkout', 130)
    const phaseIs = (phase: string) =>
      until(`the Incident is ${phase}`, async () => {
        const [incident] = await world.incidents('checkout')
        return textAt(incident, 'status', 'phase') === phase ? incident : undefined
      })
    const first = await phaseIs('Open')
    expect(textAt(first, 'status', 'severity')).toBe('Warning')
    for (const times of [1, 2]) {
      load.rps = 20
      expect(textAt(await phaseIs('Resolved'), 'status', 'resolvedAt')).toBeDefined()
      if (times === 2) {
        await controller.kill()
        controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
      }
      load.rps = 130
      const again = await phaseIs('Open')
      expect(numberAt(again, 'status', 'reopened')).toBe(times)
      expect(textAt(again, 'status', 'resolvedAt')).toBeUndefined()
      expect(textAt(again, 'status', 'onset')).toBe(textAt(first, 'status', 'onset'))
    }
    await load.stop()
    await phaseIs('Resolved')
    expect((await world.incidents('checkout')).map(nameOf)).toEqual([nameOf(first)])
  })
})

describe('a circuit', () => {
  it('opens when requests fail, is resumed by the next leader exactly, is tried, and closes', async () => {
    await world.deploy('cart', 2)
    const guard = await world.guard('cart', {
      ...quickGuard('cart', { mode: 'Observe' }),
      circuit: { openFor: '20s', halfOpenFor: '5s' },
    })
    const circuit = async () => (await statusOf(world.admin, guard)).circuit
    const stateIs = (state: string) =>
      until(`the circuit is ${state}`, async () => {
        const now = await circuit()
        return now?.state === state ? now : undefined
      })
    await stateIs('Closed')
    const load = await world.load('cart', 60)
    const fault = async (errorRatio: number) => {
      for (const pod of await world.podsOf('cart')) await world.fault(pod, { target: 'work', kind: 'none', errorRatio })
    }
    await fault(0.5)
    const open = await stateIs('Open')
    expect(open).toMatchObject({ trips: 1, inARow: 1, causes: ['errors'], letThrough: 0 })
    expect(Date.parse(open.until ?? '') - Date.parse(open.since)).toBe(20_000)
    expect(open.reason).toMatch(/^Error ratio is .* %, over its limit of 5 %$/)
    const [incident] = await world.incidents('cart')
    expect(textAt(incident, 'status', 'severity')).toBe('Critical')
    expect(await (await fetch(`${controller.url}/metrics`)).text()).toContain(
      'evenkeel_guard_circuit_state{namespace="shop",guard="cart",state="Open"} 1',
    )
    expect(statusTable(await listObjects(world.admin, GUARDS), Date.now())).toMatch(/ cart .* Open {3}/)

    await controller.kill()
    await fault(0)
    controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
    const taken = await until('the next leader has written', async () => {
      const now = await statusOf(world.admin, guard)
      return Date.parse(now.signalsAt ?? '') > Date.parse(open.since) + 5_000 ? now.circuit : undefined
    })
    expect(taken).toEqual(open)
    const tried = await stateIs('HalfOpen')
    expect(tried).toMatchObject({ trips: 1, letThrough: 0.1 })
    expect(Date.parse(tried.since)).toBeGreaterThanOrEqual(Date.parse(open.until ?? ''))
    const closed = await stateIs('Closed')
    expect(closed).toMatchObject({ trips: 1, letThrough: 1, reason: 'Within its limits while half-open' })
    await load.stop()
    const reasons = (await world.events('cart')).map((event) => textAt(event, 'reason'))
    expect(reasons).toEqual(expect.arrayContaining(['CircuitOpened', 'CircuitClosed']))
  })
})
