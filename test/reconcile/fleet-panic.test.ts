// Nine Guards in one loop: when most of them are in trouble at once no replicas are changed, and when one is, they are.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EventNote } from '../../controller/kube/events.ts'
import { projectRaw } from '../../controller/kube/resources.ts'
import { GUARD_STATUS } from '../../controller/model/guard-status.ts'
import type { Pod, Workload } from '../../controller/model/workload.ts'
import { createPrometheusApi } from '../../controller/observe/prometheus/api.ts'
import { createPrometheusSource } from '../../controller/observe/prometheus/source.ts'
import { createGuardLoop, type GuardLoop } from '../../controller/reconcile/guard.ts'
import { createMetrics } from '../../controller/record/metrics.ts'
import { handFetcher } from '../observe/fake-fetcher.ts'
import { SPEC, useRig } from './rig.ts'
import { DEPLOYMENT, GUARD } from './shop-api.ts'

const rig = useRig()
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
const guardPath = (name: string) => GUARD.replace(/checkout$/, name)
const workload = (name: string): Workload => ({
  kind: 'Deployment',
  namespace: 'shop',
  name,
  uid: name,
  resourceVersion: '1',
  selector: { matchLabels: { app: name } },
  replicas: 2,
  readyReplicas: 1,
})
const PODS = NAMES.map(
  (name): Pod => ({
    namespace: 'shop',
    name,
    uid: name,
    labels: { app: name },
    phase: 'Running',
    podIP: `${name}.ip`,
    ready: true,
    terminating: false,
    containers: [{ name: 'app', ports: [{ name: 'metrics', port: 8080 }], cpuCores: 1 }],
  }),
)

let hand: ReturnType<typeof handFetcher>
let loop: GuardLoop
let events: EventNote[]
let seconds: number
/** CPU seconds so far, of each pod. */
let used: Map<string, number>

beforeEach(async () => {
  const { deps } = await rig.leader()
  hand = handFetcher()
  events = []
  seconds = 0
  used = new Map()
  for (const name of NAMES) {
    const spec = { ...SPEC, target: { kind: 'Deployment', name }, limits: { window: '4s' } }
    rig.api.put(guardPath(name), { metadata: { uid: name, generation: 1 }, spec })
    rig.api.put(DEPLOYMENT.replace(/checkout$/, name), { spec: { replicas: 2 } })
  }
  const guards = new Map(NAMES.map((name) => [`shop/${name}`, projectRaw(rig.api.get(guardPath(name)))]))
  loop = createGuardLoop({
    ...deps,
    guards,
    workloads: { Deployment: new Map(NAMES.map((name) => [`shop/${name}`, workload(name)])), StatefulSet: new Map() },
    pods: { byNamespace: () => PODS, onChange: () => () => {} },
    features: { byNamespace: () => [], onChange: () => () => {} },
    failoverGroups: { byNamespace: () => [], onChange: () => () => {} },
    services: { get: () => undefined, onChange: () => () => {} },
    isOnDuty: () => true,
    fetcher: hand.fetcher,
    prometheus: createPrometheusSource({ api: createPrometheusApi(), clock: deps.clock }),
    events: { record: (note) => events.push(note) },
    metrics: createMetrics({ version: '1', isLeading: () => true, guards: () => [], events: () => ({}) }),
    signal: new AbortController().signal,
  })
})
afterEach(() => loop.close())

/** Ticks all Guards once a second; `busy` are those whose pods use twice their CPU. */
async function run(forSeconds: number, busy: readonly string[]): Promise<void> {
  for (const end = seconds + forSeconds; seconds < end; seconds++) {
    for (const name of NAMES) {
      used.set(name, (used.get(name) ?? 0) + (busy.includes(name) ? 2 : 0.1))
      const body = `http_requests_total{status_code="200"} ${seconds * 10}
http_request_duration_seconds_bucket{le="0.1"} ${seconds * 10}
http_request_duration_seconds_bucket{le="+Inf"} ${seconds * 10}
process_cpu_seconds_total ${used.get(name)}
`
      hand.says.set(`http://${name}.ip:8080`, { body })
      await loop.reconcile(`shop/${name}`)
    }
    await rig.time.advance(1000)
  }
}
const scaled = () => rig.api.calls.filter((call) => call.endsWith('/scale') && call.startsWith('PATCH'))
const decisionOf = (name: string) => GUARD_STATUS.parse(rig.api.get(guardPath(name))?.status).lastDecision

it('most in trouble at once: the observer is suspected, once, and nothing is scaled', async () => {
  await run(10, [])
  await run(15, NAMES)
  expect(loop.panic).toBe('9 of 9 Guards are in trouble at once')
  expect(scaled()).toEqual([])
  expect(decisionOf('a')?.interlocks).toContainEqual({
    interlock: 'fleet-panic',
    verdict: 'Veto',
    why: expect.stringMatching(/of 9 Guards are in trouble at once/),
  })
  expect(events.filter(({ reason }) => reason === 'FleetPanic')).toHaveLength(1)
})

it('one in trouble: it is scaled', async () => {
  await run(10, [])
  await run(10, ['c'])
  expect(loop.panic).toBeUndefined()
  expect(scaled()).toEqual(['PATCH deployments/c/scale'])
})
