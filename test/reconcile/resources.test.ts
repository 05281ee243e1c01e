// Which exporters diagnosis asks: those behind the Services that a Guard names, and of nodes only those of its pods.
import { describe, expect, it } from 'vitest'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import type { Service } from '../../controller/model/service.ts'
import type { Pod, Workload } from '../../controller/model/workload.ts'
import { watchResources } from '../../controller/reconcile/resources.ts'
import { handClock, handFetcher } from '../observe/fake-fetcher.ts'

const pod = (name: string, app: string, nodeName: string, podIP: string): Pod => ({
  namespace: 'shop',
  name,
  uid: name,
  labels: { app },
  phase: 'Running',
  podIP,
  nodeName,
  ready: true,
  terminating: false,
  containers: [],
})
const PODS = [
  pod('checkout-1', 'checkout', 'n1', '10.0.0.1'),
  pod('checkout-2', 'checkout', 'n2', '10.0.0.2'),
  pod('exporter-1', 'node-exporter', 'n1', '10.0.1.1'),
  pod('exporter-2', 'node-exporter', 'n2', '10.0.1.2'),
  pod('exporter-3', 'node-exporter', 'n3', '10.0.1.3'),
]
const CHECKOUT: Workload = {
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'checkout',
  resourceVersion: '1',
  selector: { matchLabels: { app: 'checkout' } },
  replicas: 2,
  readyReplicas: 2,
}
const EXPORTER: Service = {
  namespace: 'shop',
  name: 'node-exporter',
  uid: 'node-exporter',
  type: 'ClusterIP',
  selector: { app: 'node-exporter' },
  ports: [{ name: 'metrics', port: 9100, targetPort: 9100 }],
  externalName: undefined,
}

/** The watch of a Guard that names a node_exporter, after its first turn. */
function watched(pods: readonly Pod[], services: readonly Service[]) {
  const hand = handFetcher()
  const spec = GUARD_SPEC.parse({
    target: { name: 'checkout' },
    diagnosis: { sources: [{ profile: 'node', service: 'node-exporter' }] },
  })
  const watch = watchResources(
    {
      clock: { ...handClock(), jumps: 0, unsteadyUntil: 0, checkForJump: () => undefined },
      fetcher: hand.fetcher,
      pods: { byNamespace: () => pods, onChange: () => () => {} },
      services: {
        get: (key) => services.find(({ namespace, name }) => key === `${namespace}/${name}`),
        onChange: () => () => {},
      },
      workloads: { Deployment: new Map([['shop/checkout', CHECKOUT]]), StatefulSet: new Map() },
    },
    'shop',
    spec,
  )
  watch.turn(true)
  return { watch, asked: hand.requests.map(({ target }) => `${target.origin}${target.path}`) }
}

describe('a node_exporter on every node', () => {
  it('is asked on the nodes of the guarded pods, and on no other', () => {
    expect(watched(PODS, [EXPORTER]).asked).toEqual(['http://10.0.1.1:9100/metrics', 'http://10.0.1.2:9100/metrics'])
  })

  it('that runs on none of them is unknown, and says so', () => {
    const elsewhere = PODS.filter(({ name }) => !['exporter-1', 'exporter-2'].includes(name))
    const { watch, asked } = watched(elsewhere, [EXPORTER])
    expect(asked).toEqual([])
    expect(watch.readings()).toContainEqual({
      resource: 'sockets',
      kind: 'unknown',
      of: 'node',
      why: 'none of its pods runs on a node of the guarded pods',
    })
  })

  it('whose Service does not exist is unknown, and says so', () => {
    const [first] = watched(PODS, []).watch.readings()
    expect(first).toMatchObject({ kind: 'unknown', why: 'Service shop/node-exporter does not exist' })
  })
})
