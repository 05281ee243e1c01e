// Pods are looked for anew only when something changed that they rest on.
import { expect, it } from 'vitest'
import type { Service } from '../../controller/model/service.ts'
import type { Pod } from '../../controller/model/workload.ts'
import { createTargetFinder } from '../../controller/reconcile/targets.ts'

const POD: Pod = {
  namespace: 'shop',
  name: 'exporter-1',
  uid: 'u',
  labels: { app: 'exporter' },
  phase: 'Running',
  podIP: '10.0.0.7',
  ready: true,
  terminating: false,
  containers: [],
}
const SERVICE: Service = {
  namespace: 'shop',
  name: 'exporter',
  uid: 's',
  type: 'ClusterIP',
  selector: { app: 'exporter' },
  ports: [{ name: 'metrics', port: 9127, targetPort: 9127 }],
  externalName: undefined,
}

function watched() {
  const handlers: ((key: string) => void)[] = []
  return {
    onChange: (handler: (key: string) => void) => {
      handlers.push(handler)
      return () => undefined
    },
    change: (key: string) => {
      for (const handler of handlers) handler(key)
    },
  }
}

it('the pods behind a Service: at first, and when a pod or a Service of the namespace changed', () => {
  const [pods, services] = [watched(), watched()]
  let looked = 0
  let service: Service | undefined
  const finder = createTargetFinder(
    { ...pods, byNamespace: () => [POD] },
    {
      ...services,
      get: (key) => {
        looked++
        return key === 'shop/exporter' ? service : undefined
      },
    },
  )
  const endpoint = { service: 'exporter', port: undefined, path: '/metrics', scheme: 'http' } as const
  const find = () => finder.findBehind('shop', endpoint)

  expect(find()).toMatchObject({ changed: true, discovery: { reasons: ['Service shop/exporter does not exist'] } })
  expect(find().changed).toBe(false)
  service = SERVICE
  pods.change('bank/other')
  services.change('bank/exporter')
  expect(find().changed).toBe(false)
  expect(looked).toBe(1)
  services.change('shop/exporter')
  expect(find()).toMatchObject({ changed: true, discovery: { targets: [{ origin: 'http://10.0.0.7:9127' }] } })
  pods.change('shop/exporter-1')
  expect(find().changed).toBe(true)
  expect(find().changed).toBe(false)
  // Another plan has observers of its own, which have been told nothing yet.
  expect(finder.findBehind('shop', { ...endpoint }).changed).toBe(true)
})
