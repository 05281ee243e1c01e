// The marks of pods, on the sandbox's Kubernetes API: gates follow them, and no pod stays out that nobody would give back.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import type { EventNote } from '../../controller/kube/events.ts'
import { at, listAt, textAt } from '../../controller/kube/json.ts'
import { createObject, deleteObject, getObject, mergePatch } from '../../controller/kube/objects.ts'
import { createReflector, type Reflector } from '../../controller/kube/reflector.ts'
import { DEPLOYMENTS, GUARDS, PODS } from '../../controller/kube/resource-type.ts'
import { projectPod, projectRaw, projectWorkload, type RawObject } from '../../controller/kube/resources.ts'
import { systemClock } from '../../controller/model/clock.ts'
import type { Pod, Workload } from '../../controller/model/workload.ts'
import { type PodMarks, startPodMarks } from '../../controller/reconcile/pod-marks.ts'
import { createLogger } from '../../controller/record/log.ts'
import { startApi } from '../../sandbox/api/server.ts'
import { createTemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'
import { podOf } from '../cluster/http-pod.ts'

const CRDS = new URL('../../deploy/crds/', import.meta.url)
const MARK = 'evenkeel.dev/serving'
const WITHIN = { timeout: 10_000, interval: 10 }
const GATED = { readinessGates: [{ conditionType: MARK }] }

const folder = createTemporaryFolder('evenkeel-pod-marks-')
let server: Awaited<ReturnType<typeof startApi>>
let client: KubeClient
let marks: PodMarks
let ending: AbortController
let events: EventNote[]
let isLeading: boolean
let pods: Reflector<Pod>
let guards: Reflector<RawObject>
let count = 0

beforeAll(async () => {
  const crds = readdirSync(CRDS).map((file): unknown => parse(readFileSync(new URL(file, CRDS), 'utf8')))
  server = await startApi({ crds })
  const kubeconfigPath = join(folder.path, 'kubeconfig')
  writeFileSync(kubeconfigPath, server.kubeconfig)
  client = await connectKube({ kubeconfigPath, requestTimeoutMs: 5_000, clock: systemClock })
  const selector = { matchLabels: { app: 'checkout' } }
  const template = { metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'web', image: 'none' }] } }
  const metadata = { namespace: 'shop', name: 'checkout' }
  await createObject(client, DEPLOYMENTS, { metadata, spec: { replicas: 0, selector, template } })
})
afterAll(async () => {
  await client.close()
  await server.close()
  await folder.remove()
})

beforeEach(async () => {
  ending = new AbortController()
  events = []
  isLeading = true
  const shared = { client, clock: systemClock, namespace: 'shop', onProblem: () => {} }
  pods = createReflector({ ...shared, type: PODS, project: projectPod })
  guards = createReflector({ ...shared, type: GUARDS, project: projectRaw })
  const deployments: Reflector<Workload> = createReflector({
    ...shared,
    type: DEPLOYMENTS,
    project: projectWorkload('Deployment'),
  })
  const all = [pods, guards, deployments]
  for (const one of all) void one.run(ending.signal)
  await Promise.all(all.map((one) => one.whenSynced(ending.signal)))
  marks = startPodMarks({
    client,
    clock: systemClock,
    log: createLogger('silent'),
    pods,
    guards,
    workloads: { Deployment: deployments, StatefulSet: { get: () => undefined } },
    events: { record: (event) => events.push(event) },
    isLeading: () => isLeading,
  })
})
afterEach(async () => {
  await marks.drain()
  ending.abort()
})

async function aPod(metadata: object = {}, spec: object = {}): Promise<string> {
  count += 1
  const name = `pod-${count}`
  const body = podOf(name, { name: 'web', image: 'none' }, spec)
  await createObject(client, PODS, {
    ...body,
    metadata: { namespace: 'shop', name, labels: { app: 'checkout' }, ...metadata },
  })
  return name
}
async function aGuard(name: string, spec: object = {}): Promise<void> {
  const target = { kind: 'Deployment', name: 'checkout' }
  const own = { mode: 'Enforce', target, remedies: [{ isolate: {} }], ...spec }
  await createObject(client, GUARDS, { metadata: { namespace: 'shop', name }, spec: own })
  await vi.waitFor(() => expect(guards.get(`shop/${name}`)).toBeDefined(), WITHIN)
}
const read = (name: string) => getObject(client, PODS, { namespace: 'shop', name })
const gateOf = async (name: string) =>
  textAt(
    listAt(await read(name), 'status', 'conditions').find((one) => textAt(one, 'type') === MARK),
    'status',
  )
const isMarked = async (name: string) => projectPod(await read(name)).isolated === true
const markOf = (guard: string) => ({
  labels: { app: 'checkout', [MARK]: 'false' },
  annotations: { 'evenkeel.dev/isolated-by': guard },
})
const label = (name: string, value: string | null) =>
  mergePatch(client, PODS, { namespace: 'shop', name }, { metadata: { labels: { [MARK]: value } } })

describe('a readiness gate', () => {
  it('is opened for a new pod, and follows the mark, also one by hand', async () => {
    const name = await aPod({}, GATED)
    await vi.waitFor(async () => expect(await gateOf(name)).toBe('True'), WITHIN)
    await label(name, 'false')
    await vi.waitFor(async () => expect(await gateOf(name)).toBe('False'), WITHIN)
    await label(name, null)
    await vi.waitFor(async () => expect(await gateOf(name)).toBe('True'), WITHIN)
    expect(events).toEqual([])
  })

  it('is left to the leader, who looks at all when it becomes one', async () => {
    isLeading = false
    const name = await aPod({}, GATED)
    await vi.waitFor(() => expect(pods.get(`shop/${name}`)).toBeDefined(), WITHIN)
    expect(await gateOf(name)).toBeUndefined()
    isLeading = true
    marks.all()
    await vi.waitFor(async () => expect(await gateOf(name)).toBe('True'), WITHIN)
  })

  it('of a pod that does not name it is not written', async () => {
    const [plain, gated] = [await aPod(), await aPod({}, GATED)]
    await vi.waitFor(async () => expect(await gateOf(gated)).toBe('True'), WITHIN)
    expect(await gateOf(plain)).toBeUndefined()
  })
})

describe('a pod that a Guard took out', () => {
  it('stays out while the Guard stands behind it, and its gate is shut', async () => {
    await aGuard('steady')
    const annotations = { 'evenkeel.dev/isolated-by': 'steady', [MARK]: 'false' }
    const name = await aPod({ annotations }, GATED)
    await vi.waitFor(async () => expect(await gateOf(name)).toBe('False'), WITHIN)
    expect(await isMarked(name)).toBe(true)
  })

  it.each<[string, (guard: string) => Promise<unknown>, RegExp]>([
    ['is deleted', (name) => deleteObject(client, GUARDS, { namespace: 'shop', name }), /the Guard was deleted/],
    ['is paused', (name) => change(name, { mode: 'Paused' }), /mode of the Guard is Paused/],
    ['only observes', (name) => change(name, { mode: 'Observe' }), /mode of the Guard is Observe/],
    ['has lost its remedy', (name) => change(name, { remedies: [] }), /isolates no pods any more/],
    ['is refused', (name) => change(name, { limits: { errors: '0%' } }), /is refused/],
  ])('is given back when the Guard %s', async (what, doIt, why) => {
    const guard = `guard-${what.replaceAll(' ', '-')}`
    await aGuard(guard)
    const name = await aPod(markOf(guard))
    await vi.waitFor(() => expect(pods.get(`shop/${name}`)?.isolatedBy).toBe(guard), WITHIN)
    await doIt(guard)
    await vi.waitFor(async () => expect(await isMarked(name)).toBe(false), WITHIN)
    expect(at(await read(name), 'metadata', 'annotations', 'evenkeel.dev/isolated-by')).toBeUndefined()
    await vi.waitFor(
      () =>
        expect(events).toMatchObject([
          { reason: 'PodGivenBack', regarding: { kind: 'Pod', name }, note: expect.stringMatching(why) },
        ]),
      WITHIN,
    )
  })

  it('is given back when its Guard was deleted while nobody looked', async () => {
    const name = await aPod(markOf('long-gone'))
    await vi.waitFor(async () => expect(await isMarked(name)).toBe(false), WITHIN)
  })

  it('is given back when it is not of the workload that the Guard guards', async () => {
    await aGuard('of-checkout')
    const mark = markOf('of-checkout')
    const name = await aPod({ ...mark, labels: { ...mark.labels, app: 'another' } })
    await vi.waitFor(async () => expect(await isMarked(name)).toBe(false), WITHIN)
  })

  it('keeps a mark that a person set', async () => {
    const [byHand, ours] = [
      await aPod({ labels: { app: 'checkout', [MARK]: 'false' } }),
      await aPod(markOf('gone-too')),
    ]
    await vi.waitFor(async () => expect(await isMarked(ours)).toBe(false), WITHIN)
    expect(await isMarked(byHand)).toBe(true)
  })
})

function change(name: string, spec: object): Promise<unknown> {
  return mergePatch(client, GUARDS, { namespace: 'shop', name }, { spec: { ...spec } })
}
