// A Guard whose signals come from a Prometheus that scrapes the pods: it scales, does nothing blindly, and goes on.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPrometheus, type TestPrometheus } from '../observe/prometheus/server.ts'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { quickGuard, startWorld, type World } from './support/world.ts'

let world: World
let controller: Controller
let server: TestPrometheus

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-targets-'))
const targetsFile = join(folder, 'targets.json')
let discovery: NodeJS.Timeout

beforeAll(async () => {
  world = await startWorld()
  await discover()
  discovery = setInterval(() => void discover().catch(() => {}), 250)
  server = await startTestPrometheus({ discovery: { file_sd_configs: [{ files: [targetsFile] }] } })
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
})
afterAll(async () => {
  expect(await controller?.stop()).toBe(0)
  clearInterval(discovery)
  await server?.stop()
  await world?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function failedQueries(): Promise<number> {
  const metrics = await (await fetch(`${controller.url}/metrics`)).text()
  return Number(/^evenkeel_prometheus_queries_total\{outcome="failed"\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

let discovered = ''

/** What Kubernetes discovery finds, with the labels it gives: Debian's Prometheus is built without it, and reads files. */
async function discover(): Promise<void> {
  const groups = (await world.podsOf('checkout')).flatMap((pod) => {
    const port = pod.containers.flatMap((container) => container.ports).find((one) => one.name === 'metrics')?.port
    if (pod.phase !== 'Running' || pod.podIP === undefined || port === undefined) return []
    return [{ targets: [`${pod.podIP}:${port}`], labels: { namespace: pod.namespace, pod: pod.name } }]
  })
  const text = JSON.stringify(groups)
  if (text === discovered) return
  discovered = text
  writeFileSync(`${targetsFile}.new`, text)
  renameSync(`${targetsFile}.new`, targetsFile)
}

describe('a Deployment behind a Guard that asks a Prometheus', () => {
  it('is scaled under load; while the server is away nothing is done, and then it comes back down', async () => {
    await world.deploy('checkout', 2)
    const signals = { from: { prometheus: { url: server.url, interval: '1s' } } }
    const guard = await world.guard('checkout', quickGuard('checkout', { signals }))
    // Little load, so that the counters have series at all.
    const load = await world.load('checkout', 10)
    await until(
      'the Guard is healthy and sees every pod',
      async () => {
        const status = await statusOf(world.admin, guard)
        return ['Healthy', 'Observed'].every((type) => conditionOf(status, type)?.status === 'True')
      },
      90_000,
    )
    expect(await world.replicasOf('checkout')).toBe(2)

    load.rps = 130
    await until(
      'it is scaled to what the load asks for',
      async () => (await world.replicasOf('checkout')) === 4,
      60_000,
    )
    await until('all four are ready', async () => (await statusOf(world.admin, guard)).replicas?.ready === 4)
    await until(
      'all four are seen',
      async () => conditionOf(await statusOf(world.admin, guard), 'Observed')?.status === 'True',
    )

    await server.kill()
    const blind = await until('the signals are unknown', async () => {
      const status = await statusOf(world.admin, guard)
      return status.signals?.rps?.text === 'unknown' ? status : undefined
    })
    expect(blind.signals?.rps?.why).toMatch(/^http:.*: connection refused$/)
    expect(conditionOf(blind, 'Observed')?.status).not.toBe('True')
    load.rps = 10
    // Twice as long as scaling in would have waited for: six questions each second.
    const before = await failedQueries()
    await until('it was asked in vain for a while', async () => (await failedQueries()) - before > 6 * 14, 90_000)
    expect(await world.replicasOf('checkout')).toBe(4)

    await server.start()
    await until('it is back at two', async () => (await world.replicasOf('checkout')) === 2, 90_000)
    const { recentActions } = await statusOf(world.admin, guard)
    expect(recentActions?.at(-1)).toMatchObject({ from: 4, to: 2 })
    const metrics = await (await fetch(`${controller.url}/metrics`)).text()
    expect(metrics).toMatch(/evenkeel_prometheus_queries_total\{outcome="ok"\} \d+/)
    expect(metrics).not.toMatch(/evenkeel_scrapes_total\{[^}]*\} [1-9]/)
    await load.stop()
  })
})
