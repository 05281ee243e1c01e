// What clients ask before they ask for anything.
import { describe, expect, test } from 'vitest'
import { listAt, textAt } from './read.ts'
import { expectCode, type Subject } from './subject.ts'

const RESOURCES: readonly (readonly [path: string, name: string, expected: object])[] = [
  ['/api/v1', 'pods', { kind: 'Pod', namespaced: true, shortNames: ['po'] }],
  ['/api/v1', 'pods/status', { kind: 'Pod', namespaced: true }],
  ['/api/v1', 'pods/binding', { kind: 'Binding' }],
  ['/api/v1', 'pods/log', { kind: 'Pod' }],
  ['/api/v1', 'nodes', { kind: 'Node', namespaced: false, shortNames: ['no'] }],
  ['/api/v1', 'namespaces', { kind: 'Namespace', namespaced: false, shortNames: ['ns'] }],
  ['/api/v1', 'services', { kind: 'Service', shortNames: ['svc'] }],
  ['/api/v1', 'events', { kind: 'Event', shortNames: ['ev'] }],
  ['/apis/apps/v1', 'deployments', { kind: 'Deployment', shortNames: ['deploy'], categories: ['all'] }],
  ['/apis/apps/v1', 'deployments/scale', { kind: 'Scale', group: 'autoscaling', version: 'v1' }],
  ['/apis/apps/v1', 'deployments/status', { kind: 'Deployment' }],
  ['/apis/apps/v1', 'replicasets', { kind: 'ReplicaSet', shortNames: ['rs'] }],
  ['/apis/apps/v1', 'statefulsets/scale', { kind: 'Scale' }],
  ['/apis/autoscaling/v1', 'horizontalpodautoscalers', { kind: 'HorizontalPodAutoscaler', shortNames: ['hpa'] }],
  ['/apis/coordination.k8s.io/v1', 'leases', { kind: 'Lease', namespaced: true }],
  ['/apis/events.k8s.io/v1', 'events', { kind: 'Event', shortNames: ['ev'] }],
  ['/apis/apiextensions.k8s.io/v1', 'customresourcedefinitions', { namespaced: false, shortNames: ['crd', 'crds'] }],
  [
    '/apis/evenkeel.dev/v1alpha1',
    'guards',
    { kind: 'Guard', singularName: 'guard', shortNames: ['gd'], categories: ['evenkeel'] },
  ],
  ['/apis/evenkeel.dev/v1alpha1', 'guards/status', { kind: 'Guard' }],
  ['/apis/conformance.test/v1', 'boats/scale', { kind: 'Scale', group: 'autoscaling', version: 'v1' }],
]

export function discoveryTests(subject: () => Subject): void {
  const get = async (path: string) => expectCode(await subject().call('GET', path), 200)

  describe('discovery', () => {
    test('lists the versions of core and the other groups', async () => {
      expect(await get('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
      const groups = await get('/apis')
      expect(groups).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' })
      const names = listAt(groups, 'groups').map((group) => textAt(group, 'name'))
      expect(names).toEqual(
        expect.arrayContaining([
          'apps',
          'autoscaling',
          'coordination.k8s.io',
          'events.k8s.io',
          'apiextensions.k8s.io',
          'evenkeel.dev',
        ]),
      )
    })

    test('describes one group', async () => {
      expect(await get('/apis/evenkeel.dev')).toMatchObject({
        kind: 'APIGroup',
        name: 'evenkeel.dev',
        versions: [{ groupVersion: 'evenkeel.dev/v1alpha1', version: 'v1alpha1' }],
        preferredVersion: { version: 'v1alpha1' },
      })
    })

    test.each(RESOURCES)('%s has %s', async (path, name, expected) => {
      const list = await get(path)
      expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion: path.replace(/^\/apis?\//, '') })
      const found = listAt(list, 'resources').find((one) => textAt(one, 'name') === name)
      expect(found).toMatchObject(expected)
    })

    test('says the verbs of a resource', async () => {
      const verbs = (list: unknown, name: string) =>
        listAt(
          listAt(list, 'resources').find((one) => textAt(one, 'name') === name),
          'verbs',
        ).toSorted()
      const apps = await get('/apis/apps/v1')
      expect(verbs(apps, 'deployments')).toEqual([
        'create',
        'delete',
        'deletecollection',
        'get',
        'list',
        'patch',
        'update',
        'watch',
      ])
      expect(verbs(apps, 'deployments/scale')).toEqual(['get', 'patch', 'update'])
      expect(verbs(await get('/api/v1'), 'pods/binding')).toEqual(['create'])
    })
  })

  test.each(['/readyz', '/livez', '/healthz'])('%s says ok', async (path) => {
    expect((await subject().call('GET', path)).body).toEqual({ text: 'ok' })
  })

  test('/version says 1.20', async () => {
    expect(await get('/version')).toMatchObject({
      major: '1',
      minor: '20',
      gitVersion: expect.stringMatching(/^v1\.20\./),
    })
  })
}
