// The ladder on the real control plane: features of a real service are shed under real load, verified, and come back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explainGuard } from '../../controller/cli/explain.ts'
import { at, type JsonObject, listAt, textAt } from '../../controller/kube/json.ts'
import { createObject, getObject } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, FEATURES, GUARDS } from '../../controller/kube/resource-type.ts'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { NAMESPACE, patchGuard, startWorld, type World, type WorldLoad } from './support/world.ts'

const GUARD = { namespace: NAMESPACE, name: 'pages' }
/** More than the back end can serve with any feature on, and little enough for all of them. */
const SPIKE_RPS = 60
const QUIET_RPS = 8

let world: World
let load: WorldLoad
const controllers: Controller[] = []

beforeAll(async () => {
  world = await startWorld()
  for (const user of ['evenkeel', 'evenkeel-2'] as const)
    controllers.push(await startController(world.cluster.kubeconfigFor(user)))
  for (const [name, tier] of [
    ['reviews', 'Sheddable'],
    ['search', 'SheddablePlus'],
    ['payment', 'Critical'],
  ] as const)
    await createObject(world.admin, FEATURES, { metadata: { namespace: NAMESPACE, name }, spec: { tier } })
  await createObject(world.admin, DEPLOYMENTS, pages(controllers.map(({ flags }) => flags.ofrep).join(' ')))
  await until('its pod is ready', async () => (await world.podsOf('pages')).some((pod) => pod.ready))
  await world.guard('pages', SPEC)
  load = await world.load('pages', QUIET_RPS)
  await until('the Guard is healthy', async () => conditionOf(await status(), 'Healthy')?.status === 'True')
})
afterAll(async () => {
  for (const controller of controllers) await controller.kill()
  await world?.stop()
})

const SPEC = {
  mode: 'Observe',
  target: { kind: 'Deployment', name: 'pages' },
  signals: { from: { scrape: { interval: '500ms' } } },
  limits: { latency: '300ms', window: '2s', hold: '500ms', release: { below: '80%', for: '2s' }, minimumRequests: 5 },
  remedies: [
    { degrade: { effectWithin: '4s', cooldown: '1s' } },
    { scale: { min: 1, max: 3, effectWithin: '10s', cooldown: '1s' } },
  ],
}

function pages(flags: string): JsonObject {
  const name = 'pages'
  return {
    metadata: { namespace: NAMESPACE, name, labels: { app: name } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name,
              image: 'none',
              command: ['node', 'test/e2e/support/reviews-pod.ts'],
              env: [
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'FLAGS', value: flags },
              ],
              ports: [
                { name: 'http', containerPort: 8080 },
                { name: 'metrics', containerPort: 9464 },
              ],
              readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  }
}

const status = () => statusOf(world.admin, GUARD)
const feature = (name: string) => getObject(world.admin, FEATURES, { namespace: NAMESPACE, name })
const isOff = async (name: string) => at((await feature(name)).status, 'demandedBy', 'pages') !== undefined
const versions = async () =>
  Promise.all(
    ['reviews', 'search', 'payment'].map(async (name) => textAt(await feature(name), 'metadata', 'resourceVersion')),
  )
async function isLeader({ url }: Controller): Promise<boolean> {
  return /^evenkeel_leader 1$/m.test(await (await fetch(`${url}/metrics`)).text())
}

describe('a Guard that degrades before it scales', () => {
  it('says in Observe mode what it would switch off, and changes no Feature', async () => {
    await until(
      'the Features have their first state',
      async () => textAt((await feature('payment')).status, 'state') !== undefined,
    )
    const before = await versions()
    load.rps = SPIKE_RPS
    const { lastDecision, recentActions } = await until('it would act', async () => {
      const now = await status()
      return now.lastDecision?.verdict === 'WouldAct' ? now : undefined
    })
    expect(lastDecision?.summary).toMatch(
      /^Would switch Feature\/reviews off: p99 latency is .*; Sheddable features: reviews$/,
    )
    expect(recentActions).toEqual([])
    expect(await versions()).toEqual(before)
  })

  it('sheds tier by tier until it helps, also when its leader dies meanwhile, and restores each once, in reverse', async () => {
    await patchGuard(world, GUARD, { mode: 'Enforce' })
    await until('reviews are off', () => isOff('reviews'))
    const leads = await Promise.all(controllers.map(isLeader))
    const leader = controllers[leads.indexOf(true)]
    expect(leader, 'one leads').toBeDefined()
    await leader?.kill()
    await until('search is off too', () => isOff('search'))
    expect(await isOff('payment')).toBe(false)
    const helped = await until('the second step is judged', async () => {
      const { recentActions = [] } = await status()
      return recentActions[1]?.verdict === undefined ? undefined : recentActions
    })
    expect(helped).toMatchObject([
      { field: 'Feature/reviews', from: 1, to: 0, outcome: 'Done', rung: 0, effect: [{ limit: 'latency' }] },
      { field: 'Feature/search', from: 1, to: 0, outcome: 'Done', verdict: 'Improved' },
    ])
    const [effect] = helped[1]?.effect ?? []
    expect(effect?.after).toBeLessThan((effect?.before ?? 0) / 2)
    const explained = explainGuard(await getObject(world.admin, GUARDS, GUARD), Date.now())
    expect(explained).toMatch(/on rung 1 of 2/)
    expect(explained).toMatch(/→ 1 degrade\s+\S+\s+reviews, search off, 0 on/)

    load.rps = QUIET_RPS
    await until('search is back', async () => !(await isOff('search')))
    await until('reviews are back', async () => !(await isOff('reviews')))
    const after = await until('all acts are told', async () => {
      const now = await status()
      return now.incident === undefined && now.ladder?.rung === 0 && now.recentActions?.length === 4 ? now : undefined
    })
    expect(after.recentActions?.map(({ field, to, outcome }) => [field, to, outcome])).toEqual([
      ['Feature/reviews', 0, 'Done'],
      ['Feature/search', 0, 'Done'],
      ['Feature/search', 1, 'Done'],
      ['Feature/reviews', 1, 'Done'],
    ])
    const [shedAt, , , restoredAt] = (after.recentActions ?? []).map((act) => Date.parse(act.at))
    expect((restoredAt ?? 0) - (shedAt ?? 0)).toBeGreaterThan(4_000)
    expect(await world.replicasOf('pages')).toBe(1)

    // What the service itself saw: nothing flipped while a leader died, and each came back once.
    const [pod] = await world.podsOf('pages')
    const seen: unknown = await (await fetch(`http://${pod?.podIP}:8080/flags`)).json()
    expect(seen).toEqual({ reviews: [true, false, true], search: [true, false, true] })
  })

  it('tells each step in its Incident, with its measured effect', async () => {
    const incidents = await world.incidents('pages')
    const told = incidents.flatMap((one) =>
      listAt(one, 'status', 'timeline').map((entry) => textAt(entry, 'what') ?? ''),
    )
    for (const part of [
      /^Feature\/reviews off, because: p99 latency is .*Sheddable features: reviews$/,
      /^Feature\/search off: p99 latency .* → .* in .* s: it helped$/,
      /^Feature\/search on, because: Every signal has been calm for /,
      /^Feature\/reviews on, because: /,
    ])
      expect(
        told.some((entry) => part.test(entry)),
        `${part} in ${told.join(' | ')}`,
      ).toBe(true)
  })
})
