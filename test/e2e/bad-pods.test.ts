// Pods that misbehave on /metrics: their signals are unknown with the reason, nothing is scaled in, and no other Guard waits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Controller, conditionOf, type Named, startController, statusOf, until } from './support/product.ts'
import { quickGuard, startWorld, type World, type WorldLoad } from './support/world.ts'

let world: World
let controller: Controller
let guard: Named
let healthy: Named

beforeAll(async () => {
  world = await startWorld()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
  // Both have far more replicas than they need: only what is not seen keeps them from being scaled in.
  const spare = { scale: { min: 1 }, limits: { release: { below: '80%', for: '1h' } } }
  await world.deploy('sick', 2)
  await world.deploy('well', 1)
  guard = await world.guard('sick', quickGuard('sick', spare))
  healthy = await world.guard('well', quickGuard('well', spare))
  await until('both are observed', async () => {
    const both = await Promise.all([statusOf(world.admin, guard), statusOf(world.admin, healthy)])
    return both.every((status) => conditionOf(status, 'Observed')?.status === 'True')
  })
})
afterAll(async () => {
  await controller?.stop()
  await world?.stop()
})

async function signal(of: Named, name: string) {
  return (await statusOf(world.admin, of)).signals?.[name]
}

/** Waits until every pod's fault is seen, and returns why. */
async function whyUnseen(pattern: RegExp): Promise<string> {
  return until(`the reason ${pattern} is told`, async () => {
    const message = conditionOf(await statusOf(world.admin, guard), 'Observed')
    return message?.status === 'False' && pattern.test(message.message) ? message.message : undefined
  })
}

describe('when every pod', () => {
  let load: WorldLoad
  beforeAll(async () => {
    load = await world.load('sick', 10)
    await until('there is traffic to see', async () => ((await signal(guard, 'rps'))?.value ?? 0) > 5)
  })
  afterAll(() => load.stop())

  it.each<[string, RegExp]>([
    ['hang', /timeout after 800 ms/],
    ['status500', /HTTP 500/],
    ['garbage', /not an exposition/],
    ['huge', /larger than 8 MiB/],
    ['nan', /NaN/],
    ['reset', /closed|reset/],
    ['empty', /shop\/sick/],
    ['truncated', /closed|cut|ended|reset/],
    ['slow', /timeout after 800 ms/],
  ])('answers its scrape with %s, its signals are unknown and say why', async (kind, reason) => {
    for (const pod of await world.podsOf('sick')) await world.fault(pod, { target: 'metrics', kind })
    await whyUnseen(reason)
    expect(
      await until('rps is unknown', async () => {
        const rps = await signal(guard, 'rps')
        return rps?.text === 'unknown' ? rps : undefined
      }),
    ).toMatchObject({ text: 'unknown', why: expect.stringMatching(reason) })
    expect(conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status).toBe('Unknown')
    expect(conditionOf(await statusOf(world.admin, healthy), 'Healthy')?.status).toBe('True')
    for (const pod of await world.podsOf('sick')) await world.fault(pod, { target: 'metrics', kind: 'none' })
    await until(
      'all is seen again',
      async () => conditionOf(await statusOf(world.admin, guard), 'Observed')?.status === 'True',
    )
  })
})

describe('when one of two pods hangs', () => {
  it('the rest is shown, the silent pod is named, and nothing is scaled in however long it lasts', async () => {
    const [one] = await world.podsOf('sick')
    if (one === undefined) throw new Error('no pod')
    await world.fault(one, { target: 'metrics', kind: 'hang' })
    expect(await whyUnseen(/1 of 2 pods/)).toContain(`shop/${one.name}`)
    expect((await signal(guard, 'rps'))?.why).toMatch(/1 of 2 pods not seen/)

    // Quick to release now: the Guard that is seen is scaled in, and the other is not.
    await world.deploy('control', 2)
    const control = await world.guard('control', quickGuard('control', { scale: { min: 1 } }))
    const quick = await world.guard('sick-too', quickGuard('sick', { scale: { min: 1 } }))
    await until('the control is scaled in', async () => (await world.replicasOf('control')) === 1)
    const seen = await statusOf(world.admin, quick)
    expect(conditionOf(seen, 'Observed')?.status).toBe('False')
    expect(await world.replicasOf('sick')).toBe(2)
    expect((await statusOf(world.admin, control)).recentActions).toHaveLength(1)
    expect(seen.recentActions).toEqual([])
    await world.fault(one, { target: 'metrics', kind: 'none' })
  })
})

describe('when a pod vanishes', () => {
  it('its signals say so until its replacement is there, and nothing is scaled in meanwhile', async () => {
    await world.deploy('flighty', 1)
    const flighty = await world.guard('flighty', quickGuard('flighty', { scale: { min: 1 } }))
    await until(
      'it is seen',
      async () => conditionOf(await statusOf(world.admin, flighty), 'Observed')?.status === 'True',
    )
    const [pod] = await world.podsOf('flighty')
    const running = world.kubelet.podProcess('shop', pod?.name ?? '')
    if (running?.pid === undefined) throw new Error('the pod has no process')
    process.kill(running.pid, 'SIGSTOP')
    await until(
      'it is missed',
      async () => conditionOf(await statusOf(world.admin, flighty), 'Observed')?.status === 'False',
    )
    process.kill(running.pid, 'SIGKILL')
    await until(
      'its replacement is seen',
      async () => conditionOf(await statusOf(world.admin, flighty), 'Observed')?.status === 'True',
      90_000,
    )
    expect(await world.replicasOf('flighty')).toBe(1)
  })
})

describe('the ticks of a healthy Guard', () => {
  it('are not delayed by pods of others that hang', async () => {
    for (const pod of await world.podsOf('sick')) await world.fault(pod, { target: 'metrics', kind: 'hang' })
    const lag = async () => {
      const text = await (await fetch(`${controller.url}/metrics`)).text()
      const value = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN)
      return {
        total: value(/^evenkeel_tick_lag_seconds_count (\S+)$/m),
        quick: value(/^evenkeel_tick_lag_seconds_bucket\{le="0.25"\} (\S+)$/m),
      }
    }
    const before = await lag()
    const after = await until('forty more ticks were made', async () => {
      const now = await lag()
      return now.total >= before.total + 40 ? now : undefined
    })
    // Late by a quarter of a second at most, nearly always: the machine may stall now and then, a hung pod stalls always.
    expect((after.quick - before.quick) / (after.total - before.total)).toBeGreaterThan(0.9)
  })
})
