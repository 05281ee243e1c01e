// A watch that lags behind: load read from half of the pods is no reason to believe that half of the pods are enough.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createEventRecorder } from '../../controller/kube/events.ts'
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
const KEY = 'shop/checkout'
const REPLICAS = 4
const RPS = 130
const GUARD_SPEC = {
  ...SPEC,
  limits: { window: '4s', release: { for: '6s' } },
  remedies: [{ scale: { min: 2, max: 8, perReplica: { rps: 40 } } }],
}
const WORKLOAD: Workload = {
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'd',
  resourceVersion: '1',
  selector: {},
  replicas: REPLICAS,
  readyReplicas: REPLICAS,
}
const pod = (index: number): Pod => ({
  namespace: 'shop',
  name: `checkout-${index}`,
  uid: `u${index}`,
  labels: {},
  phase: 'Running',
  podIP: `10.0.0.${index}`,
  ready: true,
  terminating: false,
  containers: [{ name: 'app', ports: [{ name: 'metrics', port: 8080 }], cpuCores: 1 }],
})
const ALL = Array.from({ length: REPLICAS }, (_, index) => pod(index))

/** The watch's copy of the pods. */
let known: readonly Pod[]
let podsChanged: () => void
let seconds: number
let hand: ReturnType<typeof handFetcher>
let loop: GuardLoop

beforeEach(async () => {
  const { deps } = await rig.leader()
  const events = createEventRecorder({ client: deps.client, clock: deps.clock, instance: 'a', onError: () => {} })
  hand = handFetcher()
  known = ALL
  seconds = 0
  rig.api.put(GUARD, { metadata: { uid: 'g', generation: 1 }, spec: GUARD_SPEC })
  rig.api.put(DEPLOYMENT, { spec: { replicas: REPLICAS } })
  const guard = projectRaw(rig.api.get(GUARD))
  loop = createGuardLoop({
    ...deps,
    guards: { get: () => guard },
    workloads: { Deployment: new Map([[KEY, WORKLOAD]]), StatefulSet: new Map() },
    services: { get: () => undefined, onChange: () => () => {} },
    pods: {
      byNamespace: () => known,
      onChange: (handler) => {
        podsChanged = () => handler('shop/checkout-0')
        return () => {}
      },
    },
    features: { byNamespace: () => [], onChange: () => () => {} },
    failoverGroups: { byNamespace: () => [], onChange: () => () => {} },
    isOnDuty: () => true,
    fetcher: hand.fetcher,
    prometheus: createPrometheusSource({ api: createPrometheusApi(), clock: deps.clock }),
    events,
    metrics: createMetrics({ version: '1', isLeading: () => true, guards: () => [], events: () => ({}) }),
    signal: new AbortController().signal,
  })
})
afterEach(() => loop.close())

/** Ticks once a second, under load that all four pods share, whichever of them the watch knows. */
async function run(forSeconds: number): Promise<void> {
  for (const end = seconds + forSeconds; seconds < end; seconds++) {
    const total = (seconds * RPS) / REPLICAS
    for (let index = 0; index < REPLICAS; index++)
      hand.says.set(`http://10.0.0.${index}:8080`, {
        body: `http_requests_total{status_code="200"} ${total}
http_request_duration_seconds_bucket{le="0.1"} ${total}
http_request_duration_seconds_bucket{le="+Inf"} ${total}
process_cpu_seconds_total ${seconds / 10}
`,
      })
    await loop.reconcile(KEY)
    await rig.time.advance(1000)
  }
}

const scaled = () => rig.api.bodiesOf('PATCH deployments/checkout/scale')
const signals = () => GUARD_STATUS.parse(rig.api.get(GUARD)?.status).signals

it('four pods under load that needs four stay four', async () => {
  await run(30)
  expect(signals()).toMatchObject({ rps: { value: RPS }, replicasReady: { value: 4 } })
  expect(scaled()).toEqual([])
})

it('while the watch knows two of them, the load of those two is measured against those two, and nothing is scaled in', async () => {
  known = ALL.slice(0, 2)
  await run(30)
  expect(signals()).toMatchObject({ rps: { value: RPS / 2 }, replicasReady: { value: 2 } })
  expect(scaled()).toEqual([])
})

it('calm counts only from the moment at which the watch knows all', async () => {
  known = ALL.slice(0, 2)
  await run(30)
  known = ALL
  podsChanged()
  await run(30)
  expect(signals()).toMatchObject({ rps: { value: RPS }, replicasReady: { value: 4 } })
  expect(scaled()).toEqual([])
})
