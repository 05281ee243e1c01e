// Isolation on the real control plane: a bad pod behind HAProxy and nginx goes within seconds, comes back gently, and is replaced when it stays bad.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { explainGuard } from '../../controller/cli/explain.ts'
import { isObject, type JsonObject, listAt, textAt } from '../../controller/kube/json.ts'
import { createObject, deleteObject, getObject } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, GUARDS, PODS, SERVICES } from '../../controller/kube/resource-type.ts'
import { projectService } from '../../controller/kube/resources.ts'
import { selects } from '../../controller/model/label-selector.ts'
import type { Pod } from '../../controller/model/workload.ts'
import { freePort } from '../../sandbox/ports.ts'
import { describeWith } from '../components/support/programs.ts'
import { createRoom } from '../components/support/room.ts'
import { type Controller, type Named, startController, statusOf, until } from './support/product.ts'
import { type Answer, addressOf, type Shoppers, sendShoppers, startHaproxy, startNginx } from './support/shoppers.ts'
import { checkout, NAMESPACE, patchGuard, startWorld, type World, type WorldLoad } from './support/world.ts'

const MARK = 'evenkeel.dev/serving'
const PODS_WANTED = 4
const SCRAPED_EVERY_MS = 500
/** From the scrape in which it is first bad. */
const GONE_WITHIN_MS = 3_000
/** With four pods in turn, each has its turn many times over. */
const MANY = 50

const SPEC = {
  mode: 'Enforce',
  target: { kind: 'Deployment', name: 'web' },
  signals: { from: { scrape: { interval: `${SCRAPED_EVERY_MS}ms` } } },
  // What is tested must not rest on a limit of the whole.
  limits: { errors: '100%', window: '4s', hold: '1s', release: { below: '80%', for: '2s' }, minimumRequests: 10 },
  remedies: [{ isolate: { ejectFor: '5s', maxEjectFor: '8s', deleteAfter: 2, effectWithin: '5s' } }],
  budget: { actions: 100, per: '1h' },
}

describeWith(['haproxy', 'nginx', 'curl'], 'isolation', () => {
  const room = createRoom('isolate')
  let world: World
  let evenkeel: Controller
  let start: () => Promise<Controller>
  let shoppers: Readonly<Record<'HAProxy' | 'nginx', Shoppers>>
  const GUARD: Named = { namespace: NAMESPACE, name: 'web' }

  beforeAll(async () => {
    world = await startWorld()
    const ports = { http: await freePort(), agent: await freePort() }
    start = () =>
      startController(world.cluster.kubeconfigFor('evenkeel'), {
        EVENKEEL_PROBES_LISTEN: `127.0.0.1:${ports.http}`,
        EVENKEEL_PROBES_AGENT_LISTEN: `127.0.0.1:${ports.agent}`,
      })
    evenkeel = await start()
    await deploy('web', { readinessGates: [{ conditionType: MARK }] }, {}, { app: 'web' })
    const pods = await world.podsOf('web')
    const haproxy = await startHaproxy(room, 'web', pods, ports.agent)
    const nginx = await startNginx(room, 'web', pods, ports.http)
    shoppers = { HAProxy: sendShoppers(room, haproxy), nginx: sendShoppers(room, nginx) }
    await everyone('all are used', (answers) => pods.every((pod) => uses(answers, pod)))
    await world.guard('web', SPEC)
    await until('the Guard sees it', async () => ((await status()).signals?.rps?.value ?? 0) > 20)
  })
  afterAll(async () => {
    await evenkeel?.kill()
    await room.stop()
    await world?.stop()
  })

  /** Four pods of the checkout service and a Service before them. */
  async function deploy(name: string, podSpec: JsonObject, labels: JsonObject, selector: JsonObject): Promise<void> {
    const manifest = checkout(name, PODS_WANTED, 'Deployment')
    const { template, ...spec } = isObject(manifest.spec) ? manifest.spec : {}
    const inner = isObject(template) && isObject(template.spec) ? template.spec : {}
    const metadata = { labels: { app: name, ...labels } }
    const pod = { metadata, spec: { ...inner, ...podSpec } }
    await createObject(world.admin, DEPLOYMENTS, { ...manifest, spec: { ...spec, template: pod } })
    const ports = [{ name: 'http', port: 80, targetPort: 'http' }]
    await createObject(world.admin, SERVICES, { metadata: { namespace: NAMESPACE, name }, spec: { selector, ports } })
    await until(`the pods of ${name} are ready`, async () => (await readyPods(name)).length === PODS_WANTED)
  }

  const status = () => statusOf(world.admin, GUARD)
  const readyPods = async (name: string) => (await world.podsOf(name)).filter(({ ready }) => ready)
  const uses = (answers: readonly Answer[], pod: Pod) => answers.some(({ from }) => from === addressOf(pod))
  const avoids = (pod: Pod) => (answers: readonly Answer[]) => !uses(answers, pod)
  const setBad = (pod: Pod, isBad: boolean) => world.fault(pod, { target: 'work', kind: isBad ? 'status500' : 'none' })
  const outNow = async () => ((await status()).isolations ?? []).filter(({ phase }) => phase === 'Out')
  const timesOut = async () =>
    (await status()).recentActions?.filter(({ field, to }) => /^Pod/.test(field) && to === 0).length
  /** The pods that Kubernetes makes endpoints of. It refuses to write any of loopback addresses, which all pods here have. */
  async function endpointsOf(name: string): Promise<readonly string[]> {
    const service = projectService(await getObject(world.admin, SERVICES, { namespace: NAMESPACE, name }))
    const selected = (await readyPods(name)).filter(({ labels }) => selects({ matchLabels: service.selector }, labels))
    return selected.map((pod) => pod.name)
  }

  async function everyone(what: string, holds: (answers: readonly Answer[]) => boolean): Promise<void> {
    await Promise.all(Object.entries(shoppers).map(([name, one]) => one.until(`${what} (${name})`, MANY, holds)))
  }

  async function anyPod(): Promise<Pod> {
    await until('all four are in use, and nothing is held against any', async () => {
      const { isolations } = await status()
      return isolations === undefined && (await readyPods('web')).length === PODS_WANTED
    })
    const [pod] = await world.podsOf('web')
    if (pod === undefined) throw new Error('there is no pod')
    return pod
  }

  async function untilOut(pod: Pod): Promise<void> {
    await until(`${pod.name} is out`, async () => (await outNow()).some(({ uid }) => uid === pod.uid))
  }

  it('takes a bad pod out within 3 s, by its readiness gate, while the service is within its limits', async () => {
    const bad = await anyPod()
    const from = { HAProxy: shoppers.HAProxy.answers.length, nginx: shoppers.nginx.answers.length }
    await setBad(bad, true)
    const markedAt = await until('it is marked', async () => {
      const { isolatedBy } = (await world.podsOf('web')).find(({ uid }) => uid === bad.uid) ?? {}
      return isolatedBy === 'web' ? performance.now() : undefined
    })
    await everyone('the bad pod is not used', avoids(bad))
    const names = ['HAProxy', 'nginx'] as const
    const firstBad = Math.min(
      ...names.map((name) => shoppers[name].answers.slice(from[name]).find(({ status }) => status === 500)?.at ?? 0),
    )
    expect(firstBad).toBeGreaterThan(0)
    const after = names.map((name) => [name, Math.round(shoppers[name].lastAt(bad) - firstBad)] as const)
    console.log(
      `ms after the first bad response: marked ${Math.round(markedAt - firstBad)}, last request of`,
      Object.fromEntries(after),
    )
    for (const [name, ms] of after) expect(ms, name).toBeLessThan(SCRAPED_EVERY_MS + GONE_WITHIN_MS)

    await until('it is no endpoint', async () => {
      const endpoints = await endpointsOf('web')
      return endpoints.length === PODS_WANTED - 1 && !endpoints.includes(bad.name)
    })
    const raw = await getObject(world.admin, PODS, bad)
    const gate = listAt(raw, 'status', 'conditions').find((one) => textAt(one, 'type') === MARK)
    expect(textAt(gate, 'status')).toBe('False')
    const now = await status()
    expect(now.incident).toBeUndefined()
    expect(now.lastDecision).toMatchObject({
      verdict: 'Acted',
      summary: expect.stringMatching(
        new RegExp(`^Took Pod/${bad.name} out: shop/${bad.name}: .* of the requests fail; .*; for 5 s$`),
      ),
    })
    expect(now.lastDecision?.interlocks).toContainEqual({
      interlock: 'ejection-cap',
      verdict: 'Allow',
      why: '0 of 4 pods are out, and 4 are well',
    })
    expect(explainGuard(await getObject(world.admin, GUARDS, GUARD), Date.now())).toMatch(
      new RegExp(`1 isolate\\s+\\S+\\s+${bad.name} out until `),
    )
    const metrics = await (await fetch(`${evenkeel.url}/metrics`)).text()
    expect(metrics).toMatch(/^evenkeel_guard_pods_isolated\{namespace="shop",guard="web"\} 1$/m)
    await setBad(bad, false)
  })

  it('gives it back when its time is over, gently, and forgets it when it keeps well', async () => {
    const [out] = await outNow()
    const pod = (await world.podsOf('web')).find(({ uid }) => uid === out?.uid)
    if (pod === undefined) throw new Error('no pod is out')
    const since = performance.now()
    const first = await until('HAProxy uses it again', () => {
      const index = shoppers.HAProxy.answers.findIndex(({ at, from }) => at > since && from === addressOf(pod))
      return index < 0 ? undefined : { index }
    })
    const next = await until('forty answers since', () => {
      const some = shoppers.HAProxy.answers.slice(first.index, first.index + 40)
      return some.length === 40 ? some : undefined
    })
    const share = next.filter(({ from }) => from === addressOf(pod)).length / next.length
    console.log('its share of the first 40 requests since its return:', share)
    expect(share).toBeLessThan(0.2)
    await anyPod()
    expect(await timesOut()).toBe(1)
  })

  it('leaves all in when all are bad, and traffic still flows', async () => {
    await anyPod()
    const pods = await world.podsOf('web')
    const before = await timesOut()
    for (const pod of pods) await setBad(pod, true)
    const isOfAll = (answers: readonly Answer[]) =>
      answers.every((one) => one.status === 500) && pods.every((pod) => uses(answers, pod))
    await everyone('all are used, and fail', isOfAll)
    await everyone('all are still used', isOfAll)
    expect(await timesOut(), JSON.stringify((await status()).recentActions?.slice(-3))).toBe(before)
    for (const pod of pods) await setBad(pod, false)
  })

  it('changes nothing when it is killed, and the next leader gives back what the last one took', async () => {
    const bad = await anyPod()
    await setBad(bad, true)
    await untilOut(bad)
    await everyone('it is not used', avoids(bad))
    await evenkeel.kill()
    await setBad(bad, false)
    const last = [shoppers.HAProxy.lastAt(bad), shoppers.nginx.lastAt(bad)]
    await everyone('it is still not used', avoids(bad))
    await everyone('it is not used now either', avoids(bad))
    expect([shoppers.HAProxy.lastAt(bad), shoppers.nginx.lastAt(bad)]).toEqual(last)
    evenkeel = await start()
    await everyone('it is used again', (answers) => uses(answers, bad))
    const { recentActions = [] } = await status()
    expect(recentActions.at(-1)).toMatchObject({ field: `Pod/${bad.name} serving`, from: 0, to: 1, outcome: 'Done' })
  })

  it('takes a pod that stays bad out longer each time, and then deletes it for another', async () => {
    const bad = await anyPod()
    await setBad(bad, true)
    const gone = await until('another has its place', async () => {
      const pods = await readyPods('web')
      return pods.length === PODS_WANTED && pods.every(({ uid }) => uid !== bad.uid)
    })
    expect(gone).toBe(true)
    const { recentActions = [] } = await status()
    const steps = recentActions.filter(({ field }) => field.startsWith(`Pod/${bad.name}`)).slice(-5)
    expect(steps.map(({ field, to }) => [field, to])).toEqual([
      [`Pod/${bad.name} serving`, 0],
      [`Pod/${bad.name} serving`, 1],
      [`Pod/${bad.name} serving`, 0],
      [`Pod/${bad.name} serving`, 1],
      [`Pod/${bad.name}`, 0],
    ])
    const [out, back, again, backAgain] = steps.map(({ at }) => Date.parse(at))
    const [first, second] = [(back ?? 0) - (out ?? 0), (backAgain ?? 0) - (again ?? 0)]
    console.log(`it was out for ${first} ms, then for ${second} ms`)
    expect(first).toBeGreaterThanOrEqual(5_000)
    expect(second).toBeGreaterThanOrEqual(8_000)
    await until('it is forgotten', async () => (await status()).isolations === undefined)
  })

  it('gives back what it took when its Guard is deleted', async () => {
    const bad = await anyPod()
    await setBad(bad, true)
    await untilOut(bad)
    await deleteObject(world.admin, GUARDS, GUARD)
    await until('it is in again', async () => {
      const pod = (await world.podsOf('web')).find(({ uid }) => uid === bad.uid)
      return pod?.ready === true && pod.isolatedBy === undefined && pod.isolated !== true
    })
  })

  it('marks a slow pod without a gate by the label, which a Service may select by, and gives it back when it is paused', async () => {
    await deploy('plain', {}, { [MARK]: 'true' }, { app: 'plain', [MARK]: 'true' })
    const guard = await world.guard('plain', { ...SPEC, target: { kind: 'Deployment', name: 'plain' } })
    const load: WorldLoad = await world.load('plain', 60)
    await until('it is seen', async () => ((await statusOf(world.admin, guard)).signals?.rps?.value ?? 0) > 40)
    const [bad] = await world.podsOf('plain')
    if (bad === undefined) throw new Error('there is no pod')
    await world.fault(bad, { target: 'work', kind: 'none', latencyMs: 400 })
    await until('its label says so', async () => {
      const pod = (await world.podsOf('plain')).find(({ uid }) => uid === bad.uid)
      return pod?.labels[MARK] === 'false'
    })
    const left = await endpointsOf('plain')
    expect([left.length, left.includes(bad.name)]).toEqual([PODS_WANTED - 1, false])
    await patchGuard(world, guard, { mode: 'Paused' })
    await until('its label is as it was', async () => {
      const pod = (await world.podsOf('plain')).find(({ uid }) => uid === bad.uid)
      return pod?.labels[MARK] === 'true' && pod.isolatedBy === undefined
    })
    expect(await endpointsOf('plain')).toHaveLength(PODS_WANTED)
    expect((await world.podsOf('plain')).length).toBe(PODS_WANTED)
    await load.stop()
  })
})
