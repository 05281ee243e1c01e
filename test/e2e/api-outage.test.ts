// The API server stops for a minute: no crash, no storm of writes, readiness tells the truth, and the loop goes on by itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { quickGuard, startWorld, type World } from './support/world.ts'

let world: World
let controller: Controller
const OUTAGE_MS = 60_000

beforeAll(async () => {
  world = await startWorld()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
})
afterAll(async () => {
  expect(await controller?.stop()).toBe(0)
  await world?.stop()
})

async function readiness(): Promise<{ status: number; text: string }> {
  const response = await fetch(`${controller.url}/readyz`)
  return { status: response.status, text: await response.text() }
}

/** Requests to the API that wrote, or tried to. */
async function writes(): Promise<number> {
  const text = await (await fetch(`${controller.url}/metrics`)).text()
  return [
    ...text.matchAll(
      /^evenkeel_kube_request_duration_seconds_count\{method="(?:PATCH|POST|PUT)",status="\d+"\} (\d+)$/gm,
    ),
  ].reduce((sum, [, count]) => sum + Number(count), 0)
}

describe.each([
  ['stopped', () => world.cluster.stopApiServer(), () => world.cluster.startApiServer()],
  ['frozen', async () => world.cluster.freezeApiServer(), async () => world.cluster.thawApiServer()],
] as const)('when the API server is %s for 60 s under load that needs an act', (how, begin, end) => {
  it('nothing crashes, nothing storms, and the act is made when it is back', async () => {
    const name = `checkout-${how}`
    await world.deploy(name, 2)
    const guard = await world.guard(name, quickGuard(name))
    await until(
      'the Guard is healthy',
      async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
    )
    expect((await readiness()).status).toBe(200)
    const load = await world.load(name, 60)

    await begin()
    const writesBefore = await writes()
    load.rps = 130
    const unready = await until(
      'readiness tells the truth',
      async () => {
        const now = await readiness()
        return now.status === 500 ? now.text : undefined
      },
      30_000,
    )
    expect(unready).toMatch(/\[-\](watches|lease) failed: /)
    await sleep(OUTAGE_MS)
    expect((await readiness()).status).toBe(500)
    expect((await fetch(`${controller.url}/livez`)).status).toBe(200)
    expect(controller.process.exitCode).toBeNull()
    // The lease is tried every half second; statuses and Incidents back off.
    const tried = (await writes()) - writesBefore
    expect(tried).toBeLessThan(OUTAGE_MS / 500 + 60)
    await end()

    await until('it is ready again', async () => (await readiness()).status === 200, 60_000)
    await until('the act is made', async () => (await world.replicasOf(name)) === 4, 60_000)
    await until(
      'it is told',
      async () => (await statusOf(world.admin, guard)).recentActions?.at(-1)?.outcome === 'Done',
    )
    const { recentActions } = await statusOf(world.admin, guard)
    expect(recentActions).toMatchObject([{ from: 2, to: 4, outcome: 'Done' }])
    await load.stop()
  })
})
