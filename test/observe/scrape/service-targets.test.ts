// Which pods behind a Service are scraped, where, and what is said when there are none.
import { describe, expect, it } from 'vitest'
import type { Service } from '../../../controller/model/service.ts'
import type { Pod } from '../../../controller/model/workload.ts'
import { discoverServiceTargets } from '../../../controller/observe/scrape/service-targets.ts'

const pod = (changes: Partial<Pod> = {}): Pod => ({
  namespace: 'shop',
  name: 'exporter-1',
  uid: 'u1',
  labels: { app: 'exporter', extra: 'x' },
  phase: 'Running',
  podIP: '10.0.0.7',
  ready: true,
  terminating: false,
  containers: [
    { name: 'pgbouncer', ports: [{ name: 'pg', port: 6432 }], cpuCores: undefined },
    { name: 'exporter', ports: [{ name: 'prom', port: 9127 }], cpuCores: undefined },
  ],
  ...changes,
})
const service = (changes: Partial<Service> = {}): Service => ({
  namespace: 'shop',
  name: 'exporter',
  uid: 's1',
  type: 'ClusterIP',
  selector: { app: 'exporter' },
  ports: [
    { name: 'pg', port: 5432, targetPort: 6432 },
    { name: 'metrics', port: 80, targetPort: 'prom' },
  ],
  externalName: undefined,
  ...changes,
})
const discover = (port?: string | number, seen: Service | undefined = service(), pods: readonly Pod[] = [pod()]) =>
  discoverServiceTargets('shop', seen, pods, { service: 'exporter', port, path: '/metrics', scheme: 'http' })
const origins = (...args: Parameters<typeof discover>) => discover(...args).targets.map(({ origin }) => origin)

describe('the port', () => {
  it.each<[string, string | number | undefined, number]>([
    ['that is named in the Service leads by its targetPort to the container port of that name', 'metrics', 9127],
    ['whose number the Service has leads to its targetPort', 80, 9127],
    ['whose targetPort is a number is that number', 'pg', 6432],
    ['that only the containers name is found there', 'prom', 9127],
    ['that the Service does not have is a number at the pods', 9999, 9999],
    ['that nobody asks for is the one called metrics', undefined, 9127],
  ])('%s', (_, port, number) => {
    expect(origins(port)).toEqual([`http://10.0.0.7:${number}`])
  })

  it('that nobody asks for is the only one, whatever its name', () => {
    expect(origins(undefined, service({ ports: [{ name: undefined, port: 80, targetPort: 9127 }] }))).toEqual([
      'http://10.0.0.7:9127',
    ])
  })

  it('of each pod is its own where the name stands for different numbers', () => {
    const other = pod({
      name: 'exporter-2',
      uid: 'u2',
      podIP: 'fd00::8',
      containers: [{ name: 'e', ports: [{ name: 'prom', port: 7000 }], cpuCores: undefined }],
    })
    expect(origins('metrics', service(), [pod(), other])).toEqual(['http://10.0.0.7:9127', 'http://[fd00::8]:7000'])
  })

  it('is given by the Guard for a Service that has none', () => {
    expect(origins(9127, service({ ports: [] }))).toEqual(['http://10.0.0.7:9127'])
  })
})

describe('no target, and why', () => {
  it.each<[string, Service | undefined, readonly Pod[], string | number | undefined]>([
    ['Service shop/exporter does not exist', undefined, [pod()], undefined],
    [
      'Service shop/exporter is an ExternalName for db.example.com, behind which no pods are known',
      service({ type: 'ExternalName', externalName: 'db.example.com', selector: {} }),
      [pod()],
      undefined,
    ],
    ['Service shop/exporter has no selector, so that its pods are not known', service({ selector: {} }), [pod()], 80],
    ['Service shop/exporter selects no running pod', service(), [pod({ phase: 'Pending' })], undefined],
    ['Service shop/exporter selects no running pod', service(), [pod({ namespace: 'other' })], undefined],
    ['Service shop/exporter selects no running pod', service({ selector: { app: 'other' } }), [pod()], undefined],
    [
      'Service shop/exporter has the ports a (1), 2: say which one serves metrics',
      service({
        ports: [
          { name: 'a', port: 1, targetPort: 1 },
          { name: undefined, port: 2, targetPort: 2 },
        ],
      }),
      [pod()],
      undefined,
    ],
    ['Service shop/exporter has no ports: say which one serves metrics', service({ ports: [] }), [pod()], undefined],
    ['shop/exporter-1 has no port named "prometheus"; its containers name: pg, prom', service(), [pod()], 'prometheus'],
  ])('%s', (why, seen, pods, port) => {
    const found = discoverServiceTargets('shop', seen, pods, {
      service: 'exporter',
      port,
      path: '/metrics',
      scheme: 'http',
    })
    expect(found).toMatchObject({ targets: [], reasons: [why] })
  })
})

it('only ready pods are expected to answer, and those that are going away are left out', () => {
  const { targets, readyPods } = discover(undefined, service(), [
    pod(),
    pod({ name: 'exporter-2', uid: 'u2', ready: false }),
    pod({ name: 'exporter-3', uid: 'u3', terminating: true }),
  ])
  expect(targets.map(({ pod, expected }) => [pod, expected])).toEqual([
    ['shop/exporter-1', true],
    ['shop/exporter-2', false],
  ])
  expect(readyPods).toBe(1)
})
