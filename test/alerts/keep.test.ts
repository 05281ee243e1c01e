// The PrometheusRules that a leader keeps, on the sandbox's API with the operator's kind: made, changed, put right, and deleted.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type KeepDeps, ruleObjectsOf } from '../../alerts/keep.ts'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { at, listAt, textAt } from '../../controller/kube/json.ts'
import { type Kept, keepOnce, nothingKept } from '../../controller/kube/keep-objects.ts'
import { createObject, deleteObject, getObject, listObjects, mergePatch } from '../../controller/kube/objects.ts'
import { PROMETHEUS_RULES } from '../../controller/kube/resource-type.ts'
import type { RawObject } from '../../controller/kube/resources.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { type SandboxApi, startApi } from '../../sandbox/api/server.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'
import { OPTIONS } from './guards.ts'
import { PROMETHEUS_RULE_CRD } from './prometheus-rule-crd.ts'

const OWN = 'evenkeel-alerts'
const OF_CHECKOUT = 'evenkeel-alerts.shop.checkout'
const SWEEP_MS = 600_000

let api: SandboxApi
let folder: TemporaryFolder
let client: KubeClient
let requests: string[]
let refusals: string[]
let now: number
let leads: boolean
let guards: RawObject[]
let kept: Kept

const guardNamed = (name: string, spec: object = {}, generation = 1, labels: object = {}): RawObject => ({
  namespace: 'shop',
  name,
  uid: name,
  resourceVersion: '1',
  generation,
  raw: { metadata: { labels }, spec: { target: { name }, ...spec } },
})

beforeAll(async () => {
  api = await startApi({ crds: [PROMETHEUS_RULE_CRD] })
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
  for (const name of await names()) await deleteObject(client, PROMETHEUS_RULES, { namespace: 'default', name })
  now = 1_000_000
  leads = true
  guards = [guardNamed('checkout')]
  kept = nothingKept()
  requests = []
  refusals = []
})

const keep = (more: Partial<KeepDeps> = {}) =>
  keepOnce(
    ruleObjectsOf({
      client,
      clock: { monotonic: () => now, sleep: systemClock.sleep },
      namespace: 'default',
      options: OPTIONS,
      labels: { release: 'kps' },
      owner: 'all-namespaces',
      guards: { list: () => guards },
      isLeading: () => leads,
      onProblem: (error) => {
        throw error
      },
      onRefusal: (message) => void refusals.push(message),
      signal: new AbortController().signal,
      ...more,
    }),
    kept,
  )
async function names(): Promise<string[]> {
  const found = await listObjects(client, PROMETHEUS_RULES, { namespace: 'default' })
  return found.flatMap((one) => textAt(one, 'metadata', 'name') ?? []).toSorted()
}
const objectNamed = (name: string) => getObject(client, PROMETHEUS_RULES, { namespace: 'default', name })
const alertsOf = async (name: string) =>
  listAt(await objectNamed(name), 'spec', 'groups')
    .flatMap((group) => listAt(group, 'rules'))
    .flatMap((rule) => textAt(rule, 'alert') ?? [])
const teamOf = async (name: string) =>
  textAt(listAt(listAt(await objectNamed(name), 'spec', 'groups')[0], 'rules')[0], 'labels', 'team')

it('each Guard has one, and Evenkeel itself, labelled for the Prometheus that selects them', async () => {
  await keep()
  expect(await names()).toEqual([OWN, OF_CHECKOUT])
  expect(at(await objectNamed(OF_CHECKOUT), 'metadata', 'labels')).toMatchObject({
    release: 'kps',
    'evenkeel.dev/alerts-of': 'all-namespaces',
  })
  expect(await alertsOf(OF_CHECKOUT)).toContain('RemedyExhausted')
  expect(await alertsOf(OWN)).toContain('EvenkeelWatchdog')
})

it('while nothing changes, nothing is asked', async () => {
  await keep()
  requests = []
  await keep()
  expect(requests).toEqual([])
})

it('a changed spec, or team, changes that one object', async () => {
  await keep()
  requests = []
  guards = [guardNamed('checkout', { objectives: { availability: '99.9%' } }, 2)]
  await keep()
  expect(await alertsOf(OF_CHECKOUT)).toContain('ErrorBudgetBurn')
  guards = [guardNamed('checkout', { objectives: { availability: '99.9%' } }, 2, { 'evenkeel.dev/team': 'payments' })]
  await keep()
  expect(await teamOf(OF_CHECKOUT)).toBe('payments')
  expect(requests.filter((method) => method === 'PATCH')).toHaveLength(2)
})

it('the rules of a Guard that is refused now stay, those of a paused one are empty, and those of one that is gone go', async () => {
  await keep()
  guards = [guardNamed('checkout', { limits: { latency: 'soon' } }, 2)]
  await keep()
  expect(await alertsOf(OF_CHECKOUT)).toContain('RemedyExhausted')
  guards = [guardNamed('checkout', { mode: 'Paused' }, 3)]
  await keep()
  expect(await alertsOf(OF_CHECKOUT)).toEqual([])
  guards = []
  await keep()
  expect(await names()).toEqual([OWN])
})

it('what can never fire is left out and told once, and the rest is there', async () => {
  guards = [guardNamed('checkout', { objectives: { availability: '90%' } }), guardNamed('cart')]
  await keep()
  await keep()
  expect(refusals).toEqual([expect.stringContaining('shop/checkout: spec.objectives.availability (90%)')])
  expect((await alertsOf(OF_CHECKOUT)).filter((name) => name === 'ErrorBudgetBurn')).toHaveLength(3)
  expect(await names()).toEqual([OWN, 'evenkeel-alerts.shop.cart', OF_CHECKOUT])
})

it('what someone changed is put right with the next sweep, and objects of others are left alone', async () => {
  const labels = { 'evenkeel.dev/alerts-of': 'payments' }
  for (const metadata of [{ name: 'theirs' }, { name: 'another', labels }])
    await createObject(client, PROMETHEUS_RULES, {
      metadata: { namespace: 'default', ...metadata },
      spec: { groups: [] },
    })
  await keep()
  await mergePatch(client, PROMETHEUS_RULES, { namespace: 'default', name: OWN }, { spec: { groups: [] } })
  now += SWEEP_MS
  await keep()
  expect(await alertsOf(OWN)).toContain('EvenkeelDown')
  expect(await names()).toEqual(['another', OWN, OF_CHECKOUT, 'theirs'])
})

it('a replica that does not lead writes nothing', async () => {
  leads = false
  await keep()
  expect(requests).toEqual([])
})

it('an object that the API server does not accept is in the way of no other, and is not asked for again at once', async () => {
  const problems: unknown[] = []
  const onProblem = (error: unknown) => void problems.push(error)
  guards = [guardNamed('a'.repeat(253)), guardNamed('cart')]
  await keep({ onProblem })
  expect(await names()).toEqual([OWN, 'evenkeel-alerts.shop.cart'])
  expect(problems.map(String)).toEqual([expect.stringContaining('PrometheusRule default/evenkeel-alerts.shop.aaa')])
  requests = []
  await keep({ onProblem })
  expect(requests).toEqual([])
})
