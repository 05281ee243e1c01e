// The ConfigMaps that a leader keeps, on the sandbox's API: made, brought up to date, put right again, and deleted.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { at, textAt, textsAt } from '../../controller/kube/json.ts'
import { type Kept, keepOnce, nothingKept } from '../../controller/kube/keep-objects.ts'
import { createObject, deleteObject, getObject, listObjects, mergePatch } from '../../controller/kube/objects.ts'
import { CONFIG_MAPS } from '../../controller/kube/resource-type.ts'
import type { RawObject } from '../../controller/kube/resources.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { configMapsOf, type KeepDeps, keepDashboards } from '../../dashboards/keep.ts'
import { type SandboxApi, startApi } from '../../sandbox/api/server.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'

const SHARED = [
  'evenkeel-board-failover',
  'evenkeel-board-fleet',
  'evenkeel-board-itself',
  'evenkeel-board-reliability',
  'evenkeel-board-service',
]
const OF_CHECKOUT = 'evenkeel-board-shop-checkout-1dfc2ea5'
const SWEEP_MS = 600_000

let api: SandboxApi
let folder: TemporaryFolder
let client: KubeClient
let requests: string[]
let now: number
let leads: boolean
let guards: RawObject[]
let kept: Kept

const guardNamed = (name: string, latency: string, generation = 1): RawObject => ({
  namespace: 'shop',
  name,
  uid: name,
  resourceVersion: '1',
  generation,
  raw: { spec: { target: { name }, limits: { latency } } },
})

beforeAll(async () => {
  api = await startApi({})
  folder = createTemporaryFolder('evenkeel-keep-')
  const kubeconfigPath = join(folder.path, 'kubeconfig')
  writeFileSync(kubeconfigPath, api.kubeconfig, { mode: 0o600 })
  client = await connectKube({
    kubeconfigPath,
    requestTimeoutMs: 5_000,
    clock: systemClock,
    onRequest: ({ method }) => void requests?.push(method),
  })
})
afterAll(async () => {
  await client.close()
  await api.close()
  await folder.remove()
})
beforeEach(async () => {
  for (const name of await names()) await deleteObject(client, CONFIG_MAPS, { namespace: 'default', name })
  now = 1_000_000
  leads = true
  guards = [guardNamed('checkout', '300ms')]
  kept = nothingKept()
  requests = []
})

const deps = (more: Partial<KeepDeps> = {}): KeepDeps => ({
  client,
  clock: { monotonic: () => now, sleep: systemClock.sleep },
  namespace: 'default',
  perGuard: true,
  runbooks: undefined,
  owner: 'all-namespaces',
  guards: { list: () => guards },
  isLeading: () => leads,
  onProblem: (error) => {
    throw error
  },
  signal: new AbortController().signal,
  ...more,
})
async function names(): Promise<string[]> {
  const found = await listObjects(client, CONFIG_MAPS, { namespace: 'default' })
  return found.flatMap((one) => textAt(one, 'metadata', 'name') ?? []).toSorted()
}
const boardOf = async (name: string): Promise<string> => {
  const { data } = await getObject(client, CONFIG_MAPS, { namespace: 'default', name })
  return Object.values(textsAt({ data }, 'data')).join()
}

it('each board has one, labelled for the sidecar', async () => {
  await keepOnce(configMapsOf(deps()), kept)
  expect(await names()).toEqual([...SHARED, OF_CHECKOUT])
  const { metadata } = await getObject(client, CONFIG_MAPS, { namespace: 'default', name: OF_CHECKOUT })
  expect(at(metadata, 'labels')).toMatchObject({
    grafana_dashboard: '1',
    'evenkeel.dev/dashboards-of': 'all-namespaces',
  })
  expect(JSON.parse(await boardOf(OF_CHECKOUT))).toMatchObject({ title: 'Evenkeel / shop/checkout', editable: false })
})

it('without a board for each Guard there are the five', async () => {
  await keepOnce(configMapsOf(deps({ perGuard: false })), kept)
  expect(await names()).toEqual(SHARED)
})

it('while nothing changes, nothing is asked', async () => {
  await keepOnce(configMapsOf(deps()), kept)
  requests = []
  await keepOnce(configMapsOf(deps()), kept)
  expect(requests).toEqual([])
})

it('a changed limit changes that one board', async () => {
  await keepOnce(configMapsOf(deps()), kept)
  requests = []
  guards = [guardNamed('checkout', '250ms', 2)]
  await keepOnce(configMapsOf(deps()), kept)
  expect(requests).toEqual(['PATCH'])
  expect(await boardOf(OF_CHECKOUT)).toContain('"value": 0.25')
})

it('the board of a Guard that is refused now stays, and that of one that is gone goes', async () => {
  await keepOnce(configMapsOf(deps()), kept)
  guards = [guardNamed('checkout', 'soon', 2)]
  await keepOnce(configMapsOf(deps()), kept)
  expect(await boardOf(OF_CHECKOUT)).toContain('"value": 0.3')
  guards = []
  await keepOnce(configMapsOf(deps()), kept)
  expect(await names()).toEqual(SHARED)
})

it('a new leader deletes what a Guard left behind that was deleted before its time', async () => {
  await keepOnce(configMapsOf(deps()), kept)
  guards = []
  await keepOnce(configMapsOf(deps()), nothingKept())
  expect(await names()).toEqual(SHARED)
})

it('what someone changed is put right with the next sweep', async () => {
  await keepOnce(configMapsOf(deps()), kept)
  const address = { namespace: 'default', name: 'evenkeel-board-fleet' }
  await mergePatch(client, CONFIG_MAPS, address, { data: { 'evenkeel-fleet.json': '{}' } })
  now += SWEEP_MS
  await keepOnce(configMapsOf(deps()), kept)
  expect(await boardOf('evenkeel-board-fleet')).toContain('Evenkeel / Fleet')
})

it('ConfigMaps of others, and of another Evenkeel, are left alone', async () => {
  const labels = { 'evenkeel.dev/dashboards-of': 'payments' }
  await createObject(client, CONFIG_MAPS, { metadata: { namespace: 'default', name: 'theirs' } })
  await createObject(client, CONFIG_MAPS, { metadata: { namespace: 'default', name: 'another', labels } })
  await keepOnce(configMapsOf(deps()), kept)
  expect(await names()).toEqual(['another', ...SHARED, OF_CHECKOUT, 'theirs'])
})

it('a replica that does not lead writes nothing, and a refusal is told', async () => {
  leads = false
  await keepOnce(configMapsOf(deps()), kept)
  expect(requests).toEqual([])

  leads = true
  const stop = new AbortController()
  const problem = await new Promise((resolve) => {
    void keepDashboards(
      deps({
        namespace: 'Not A Namespace',
        signal: stop.signal,
        onProblem: resolve,
      }),
    )
  })
  stop.abort()
  expect(String(problem)).toMatch(/ConfigMap Not A Namespace/)
})
