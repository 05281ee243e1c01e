// Projections: what is read from raw objects, and that nothing in them can throw but what must.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepFreeze } from '../../controller/kube/json.ts'
import { parseQuantity } from '../../controller/kube/quantity.ts'
import { apiVersionOf, describeObject, PODS, pathOf, SCALED_OBJECTS } from '../../controller/kube/resource-type.ts'
import {
  isWorkloadKind,
  projectAutoscaler,
  projectPod,
  projectRaw,
  projectScaledObject,
  projectService,
  projectWorkload,
} from '../../controller/kube/resources.ts'

const METADATA = { namespace: 'shop', name: 'a', uid: 'u', resourceVersion: '5' }

test.each([
  ['500m', 0.5],
  ['2', 2],
  ['0.1', 0.1],
  ['1e3', 1000],
  ['1E-3', 0.001],
  ['250u', 0.00025],
  ['100n', 1e-7],
  ['1.5k', 1500],
  ['2Ki', 2048],
  ['1Gi', 1_073_741_824],
  ['2E', 2e18],
  ['+3', 3],
  [4, 4],
  ['', undefined],
  ['abc', undefined],
  ['1x', undefined],
  ['1.2.3', undefined],
  ['m', undefined],
  [undefined, undefined],
  [Number.NaN, undefined],
  [{}, undefined],
])('the quantity %j is %j', (text, value) => {
  const parsed = parseQuantity(text)
  if (value === undefined) expect(parsed).toBeUndefined()
  else expect(parsed).toBeCloseTo(value, 12)
})

describe('a Pod', () => {
  test('keeps what discovery and diagnosis use', () => {
    const raw = {
      metadata: {
        ...METADATA,
        labels: { app: 'web', bad: 7 },
        managedFields: [{}],
        deletionTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: {
        containers: [
          {
            name: 'web',
            ports: [{ name: 'metrics', containerPort: 9100 }, { containerPort: 80 }, { name: 'broken' }],
            resources: { requests: { cpu: '250m' }, limits: { cpu: '2' } },
          },
          { name: 'side', resources: { requests: { cpu: '100m' } } },
          { name: 'free' },
        ],
      },
      status: {
        phase: 'Running',
        podIP: '10.0.0.7',
        conditions: [
          { type: 'PodScheduled', status: 'True' },
          { type: 'Ready', status: 'True' },
        ],
      },
    }
    expect(projectPod(raw)).toEqual({
      namespace: 'shop',
      name: 'a',
      uid: 'u',
      labels: { app: 'web' },
      phase: 'Running',
      podIP: '10.0.0.7',
      ready: true,
      terminating: true,
      containers: [
        {
          name: 'web',
          ports: [
            { name: 'metrics', port: 9100 },
            { name: undefined, port: 80 },
          ],
          cpuCores: 2,
        },
        { name: 'side', ports: [], cpuCores: 0.1 },
        { name: 'free', ports: [], cpuCores: undefined },
      ],
    })
  })

  test.each([
    ['absent', undefined],
    ['False', [{ type: 'Ready', status: 'False' }]],
    ['Unknown', [{ type: 'Ready', status: 'Unknown' }]],
  ])('is not ready when its Ready condition is %s', (_, conditions) => {
    expect(projectPod({ metadata: METADATA, status: { conditions } }).ready).toBe(false)
  })
})

describe('a Service', () => {
  test('keeps what its pods are found by, and leaves out ports that are not TCP', () => {
    const ports = [
      { name: 'metrics', port: 80, targetPort: 'prom', protocol: 'TCP' },
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
      { port: 5432 },
      { name: 'broken' },
    ]
    expect(
      projectService({ metadata: METADATA, spec: { type: 'NodePort', selector: { app: 'a' }, ports, clusterIP: 'x' } }),
    ).toEqual({
      namespace: 'shop',
      name: 'a',
      uid: 'u',
      type: 'NodePort',
      selector: { app: 'a' },
      ports: [
        { name: 'metrics', port: 80, targetPort: 'prom' },
        { name: undefined, port: 5432, targetPort: 5432 },
      ],
      clusterIP: 'x',
      externalName: undefined,
    })
  })

  test('may stand for a host outside', () => {
    expect(
      projectService({ metadata: METADATA, spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
    ).toMatchObject({ type: 'ExternalName', externalName: 'db.example.com', selector: {}, ports: [] })
  })
})

test('a workload without spec.replicas has one, and one without ready pods says zero', () => {
  expect(
    projectWorkload('StatefulSet')({ metadata: METADATA, spec: { selector: { matchLabels: { app: 'a' } } } }),
  ).toEqual({
    namespace: 'shop',
    name: 'a',
    uid: 'u',
    kind: 'StatefulSet',
    resourceVersion: '5',
    selector: { matchLabels: { app: 'a' }, matchExpressions: [] },
    replicas: 1,
    readyReplicas: 0,
  })
})

test('a workload keeps the expressions of its selector, and one that can’t be understood is an error, not a guess', () => {
  const select = (operator: string) => ({
    metadata: METADATA,
    spec: { replicas: 0, selector: { matchExpressions: [{ key: 'tier', operator, values: ['a', 'b'] }] } },
  })
  const workload = projectWorkload('Deployment')(select('NotIn'))
  expect(workload.selector.matchExpressions).toEqual([{ key: 'tier', operator: 'NotIn', values: ['a', 'b'] }])
  expect(workload.replicas).toBe(0)
  expect(() => projectWorkload('Deployment')(select('Like'))).toThrow(/operator "Like"/)
})

test('an autoscaler keeps its owners and bounds; unset bounds are the API’s defaults', () => {
  const raw = {
    metadata: { ...METADATA, ownerReferences: [{ kind: 'ScaledObject', name: 'so', uid: 'x' }] },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 9 },
  }
  expect(projectAutoscaler(raw)).toMatchObject({
    owners: [{ kind: 'ScaledObject', name: 'so' }],
    scaleTargetRef: { kind: 'Deployment', name: 'web' },
    minReplicas: 1,
    maxReplicas: 9,
  })
  expect(() => projectAutoscaler({ metadata: METADATA, spec: {} })).toThrow(/scaleTargetRef/)
})

test('a ScaledObject’s target is a Deployment unless it says otherwise', () => {
  const raw = (target: unknown) => ({ metadata: METADATA, spec: { scaleTargetRef: target } })
  expect(projectScaledObject(raw({ name: 'web' }))).toMatchObject({
    scaleTargetRef: { kind: 'Deployment', name: 'web' },
    minReplicas: 0,
    maxReplicas: 100,
  })
  expect(projectScaledObject(raw({ kind: 'StatefulSet', name: 'db' })).scaleTargetRef.kind).toBe('StatefulSet')
})

test('a custom resource is kept whole but for its managed fields', () => {
  const raw = {
    metadata: { ...METADATA, generation: 3, managedFields: [{ manager: 'x' }] },
    spec: { a: [1] },
    status: { b: 2 },
  }
  expect(projectRaw(raw)).toEqual({
    namespace: 'shop',
    name: 'a',
    uid: 'u',
    resourceVersion: '5',
    generation: 3,
    raw: { metadata: { ...METADATA, generation: 3 }, spec: { a: [1] }, status: { b: 2 } },
  })
})

test('any JSON at all is projected or refused with a TypeError: nothing else is thrown', () => {
  const field = fc.constantFrom(
    'metadata',
    'name',
    'spec',
    'status',
    'containers',
    'ports',
    'conditions',
    'labels',
    'selector',
  )
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, true, 0, -1, 'a', ''),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(field, tie('value'), { maxKeys: 5 }),
    ),
  })).value
  const projections = [
    projectPod,
    projectWorkload('Deployment'),
    projectAutoscaler,
    projectScaledObject,
    projectService,
    projectRaw,
  ]
  let projected = 0
  fc.assert(
    fc.property(json, fc.dictionary(field, json), (status, parts) => {
      const named = { spec: status, status, ...parts, metadata: { name: 'a', labels: status } }
      for (const project of projections) {
        for (const raw of [status, named]) {
          try {
            deepFreeze(project(raw))
            projected += 1
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError)
            expect(String(error)).toMatch(/metadata\.name|scaleTargetRef|spec\.selector/)
          }
        }
      }
    }),
  )
  expect(projected).toBeGreaterThan(0)
})

test('paths and names of objects', () => {
  expect(pathOf(PODS)).toBe('/api/v1/pods')
  expect(pathOf(PODS, { namespace: 'shop', name: 'a' })).toBe('/api/v1/namespaces/shop/pods/a')
  expect(pathOf(SCALED_OBJECTS, { namespace: 'shop', name: 'a/b', subresource: 'status' })).toBe(
    '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/a%2Fb/status',
  )
  expect([apiVersionOf(PODS), apiVersionOf(SCALED_OBJECTS)]).toEqual(['v1', 'keda.sh/v1alpha1'])
  expect(describeObject(PODS, { namespace: 'shop', name: 'a', subresource: 'status' })).toBe('Pod shop/a/status')
  expect([isWorkloadKind('Deployment'), isWorkloadKind('DaemonSet')]).toEqual([true, false])
})
