// Two controllers: the leader dies in the middle of it all, and the other goes on with nothing lost and nothing doubled.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAt, textAt } from '../../controller/kube/json.ts'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { quickGuard, startWorld, type World } from './support/world.ts'

let world: World
const controllers: Controller[] = []

beforeAll(async () => {
  world = await startWorld()
  for (const user of ['evenkeel', 'evenkeel-2'] as const)
    controllers.push(await startController(world.cluster.kubeconfigFor(user)))
})
afterAll(async () => {
  for (const controller of controllers) await controller.kill()
  await world?.stop()
})

async function isLeader(controller: Controller): Promise<boolean> {
  const text = await (await fetch(`${controller.url}/metrics`)).text()
  return /^evenkeel_leader 1$/m.test(text)
}

const LEASE_MS = 4_000

describe('with two replicas of the controller', () => {
  it('one leads; kill -9 of it mid-load loses nothing and doubles nothing, with cooldown and budget intact', async () => {
    await world.deploy('checkout', 2)
    // Two acts in all: the first is made by the leader that dies, the second is all that its successor may do.
    const guard = await world.guard(
      'checkout',
      quickGuard('checkout', { budget: { actions: 2, per: '1h' }, scale: { max: 12 } }),
    )
    const leader = await until('one leads', async () => {
      const leading = await Promise.all(controllers.map(isLeader))
      return leading.filter(Boolean).length === 1 ? controllers[leading.indexOf(true)] : undefined
    })
    const other = controllers.find((one) => one !== leader)
    if (other === undefined) throw new Error('there is no other')
    await until(
      'the Guard is healthy',
      async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
    )

    const load = await world.load('checkout', 100)
    await until('the leader has acted', async () => (await world.replicasOf('checkout')) === 3)
    const killedAt = performance.now()
    await leader.kill()
    load.rps = 180
    await until('the other leads', () => isLeader(other))
    const tookOverMs = performance.now() - killedAt
    // The lease runs out by the follower's own clock, from when it last saw it renewed, and it looks every half second.
    expect(tookOverMs).toBeLessThan(LEASE_MS + 2_500)

    await until('the successor has acted', async () => (await world.replicasOf('checkout')) >= 5)
    const replicas = await world.replicasOf('checkout')
    await until(
      'its act is concluded',
      async () => (await statusOf(world.admin, guard)).recentActions?.at(-1)?.outcome === 'Done',
    )
    const status = await statusOf(world.admin, guard)
    expect(status.recentActions?.map(({ from, to, outcome }) => [from, to, outcome])).toEqual([
      [2, 3, 'Done'],
      [3, replicas, 'Done'],
    ])
    const [first, second] = (status.recentActions ?? []).map((action) => Date.parse(action.at))
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(3_000)

    // One incident from onset to end, whoever told it.
    const incidents = await world.incidents('checkout')
    expect(incidents).toHaveLength(1)
    await until('the incident tells both acts', async () => {
      const [incident] = await world.incidents('checkout')
      return listAt(incident, 'status', 'actions').length === 2
    })

    // The budget is spent, by two leaders together: the third act is vetoed.
    load.rps = 400
    const vetoed = await until('the budget vetoes', async () => {
      const { lastDecision } = await statusOf(world.admin, guard)
      return lastDecision?.verdict === 'Vetoed' &&
        lastDecision.interlocks.some((one) => one.interlock === 'budget' && one.verdict === 'Veto')
        ? lastDecision
        : undefined
    })
    expect(vetoed.summary).toMatch(/2 of 2 acts in 1 h are used up/)
    expect(await world.replicasOf('checkout')).toBe(replicas)
    const { failed } = await load.stop()
    expect(failed).toBe(0)
    expect(textAt((await world.incidents('checkout'))[0], 'spec', 'guard')).toBe('checkout')
  })

  it('hands over at once when the leader is asked to stop', async () => {
    const [leading] = (await Promise.all(controllers.map((one) => isLeader(one).catch(() => false)))).flatMap(
      (leads, index) => (leads ? [index] : []),
    )
    const leader = controllers[leading ?? 0]
    const successor = await startController(world.cluster.kubeconfigFor('evenkeel'))
    controllers.push(successor)
    await until('the successor is synced', async () => (await fetch(`${successor.url}/readyz`)).ok)
    const stoppedAt = performance.now()
    expect(await leader?.stop()).toBe(0)
    await until('the successor leads', () => isLeader(successor))
    expect(performance.now() - stoppedAt).toBeLessThan(LEASE_MS)
  })
})
