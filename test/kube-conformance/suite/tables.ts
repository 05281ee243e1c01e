// Tables as kubectl prints them, and metadata alone.
import { describe, expect, test } from 'vitest'
import { BOATS, boat, CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, GUARDS, PODS, pod, TABLE } from './paths.ts'
import { at, listAt, textAt } from './read.ts'
import { expectCode, freshName, type Subject, versionOf } from './subject.ts'

/** The headings that kubectl get -o wide shows, of kube-apiserver 1.20; those with a + need -o wide. */
const HEADINGS: readonly (readonly [path: string, headings: string])[] = [
  ['/api/v1/pods', 'Name Ready Status Restarts Age +IP +Node +Nominated_Node +Readiness_Gates'],
  ['/api/v1/services', 'Name Type Cluster-IP External-IP Port(s) Age +Selector'],
  ['/api/v1/endpoints', 'Name Endpoints Age'],
  ['/api/v1/namespaces', 'Name Status Age'],
  ['/api/v1/configmaps', 'Name Data Age'],
  ['/api/v1/secrets', 'Name Type Data Age'],
  ['/api/v1/serviceaccounts', 'Name Secrets Age'],
  [
    '/api/v1/nodes',
    'Name Status Roles Age Version +Internal-IP +External-IP +OS-Image +Kernel-Version +Container-Runtime',
  ],
  ['/api/v1/events', 'Last_Seen Type Reason Object +Subobject +Source Message +First_Seen +Count +Name'],
  ['/apis/apps/v1/deployments', 'Name Ready Up-to-date Available Age +Containers +Images +Selector'],
  ['/apis/apps/v1/replicasets', 'Name Desired Current Ready Age +Containers +Images +Selector'],
  ['/apis/apps/v1/statefulsets', 'Name Ready Age +Containers +Images'],
  ['/apis/coordination.k8s.io/v1/leases', 'Name Holder Age'],
  ['/apis/autoscaling/v1/horizontalpodautoscalers', 'Name Reference Targets MinPods MaxPods Replicas Age'],
  ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'Name Created_At'],
  ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'Name Created_At'],
  ['/apis/conformance.test/v1/boats', 'Name Hull Crew Afloat +Launched'],
]

export function tableTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)
  const table = async (path: string, query = {}) => expectCode(await call('GET', path, { accept: TABLE, query }), 200)
  const cells = (found: unknown, row = 0) => at(found, 'rows', row, 'cells')

  describe('a table', () => {
    test.each(HEADINGS)('of %s has the columns of kubectl', async (path, headings) => {
      const found = await table(path)
      expect(found).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
      const said = listAt(found, 'columnDefinitions').map((column) => {
        const name = (textAt(column, 'name') ?? '').replaceAll(' ', '_')
        return at(column, 'priority') === 0 ? name : `+${name}`
      })
      expect(said.join(' ')).toBe(headings)
    })

    test('of Guards has the columns of its CRD', async () => {
      const found = await table(GUARDS)
      const headings = listAt(found, 'columnDefinitions').map((column) => textAt(column, 'name'))
      expect(headings.slice(0, 3)).toEqual(['Name', 'Mode', 'Target'])
      expect(headings.at(-1)).toBe('Age')
    })

    test('shows what a pod is at', async () => {
      const name = freshName('shown')
      expectCode(await call('POST', PODS, { body: pod(name, { nodeName: 'n1' }) }), 201)
      expect(cells(await table(`${PODS}/${name}`))).toEqual([
        name,
        '0/1',
        'Pending',
        0,
        expect.stringMatching(/^\d+s$/),
        '<none>',
        'n1',
        '<none>',
        '<none>',
      ])
      const status = (state: object, ready: boolean, restartCount: number) => ({
        phase: 'Running',
        podIP: '127.1.0.3',
        containerStatuses: [{ name: 'web', image: 'web', imageID: '', ready, restartCount, state }],
      })
      const write = async (body: object) =>
        expectCode(await call('PATCH', `${PODS}/${name}/status`, { body: { status: body } }), 200)
      await write(status({ running: { startedAt: '2026-01-01T00:00:00Z' } }, true, 1))
      expect(cells(await table(`${PODS}/${name}`))).toMatchObject(
        [name, '1/1', 'Running', 1, /./, '127.1.0.3', 'n1']
          .map((cell) => (cell instanceof RegExp ? expect.anything() : cell))
          .concat(['<none>', '<none>']),
      )
      await write(status({ waiting: { reason: 'CrashLoopBackOff' } }, false, 4))
      expect(listCells(await table(`${PODS}/${name}`)).slice(1, 4)).toEqual(['0/1', 'CrashLoopBackOff', 4])
      await write(status({ terminated: { exitCode: 3 } }, false, 4))
      expect(listCells(await table(`${PODS}/${name}`))[2]).toBe('ExitCode:3')
      expectCode(await call('DELETE', `${PODS}/${name}`), 200)
      expect(listCells(await table(`${PODS}/${name}`))[2]).toBe('Terminating')
    })

    test('shows the replicas of a Deployment', async () => {
      const name = freshName('shown')
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name, { paused: true, replicas: 3 }) }), 201)
      expect(listCells(await table(`${DEPLOYMENTS}/${name}`)).slice(0, 4)).toEqual([
        name,
        expect.stringMatching(/^0\/3$/),
        0,
        0,
      ])
      expect(listCells(await table(`${DEPLOYMENTS}/${name}`)).slice(5)).toEqual(['web', 'web:1', `app=${name}`])
    })

    test('shows a custom resource by the paths of its CRD', async () => {
      const name = freshName('shown')
      expectCode(await call('POST', BOATS, { body: boat(name) }), 201)
      expect(cells(await table(`${BOATS}/${name}`))).toEqual([name, 'steel', 2, null, null])
      const launched = new Date(Date.now() - 3_600_000 * 5).toISOString()
      const status = { launched, conditions: [{ type: 'Afloat', status: 'True' }] }
      expectCode(await call('PATCH', `${BOATS}/${name}/status`, { body: { status } }), 200)
      expect(cells(await table(`${BOATS}/${name}`))).toEqual([name, 'steel', 2, 'True', '5h'])
    })

    test('carries metadata, or the object, or nothing along', async () => {
      const name = freshName('shown')
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name, { a: '1' }) }), 201)
      const path = `${CONFIG_MAPS}/${name}`
      expect(at(await table(path), 'rows', 0, 'object')).toMatchObject({
        kind: 'PartialObjectMetadata',
        metadata: { name },
      })
      expect(at(await table(path, { includeObject: 'Object' }), 'rows', 0, 'object')).toMatchObject({
        data: { a: '1' },
      })
      expect(at(await table(path, { includeObject: 'None' }), 'rows', 0, 'object') ?? null).toBeNull()
    })

    test('is paged as a list is', async () => {
      const found = await table('/apis/conformance.test/v1/boats', { limit: 1 })
      expect(listAt(found, 'rows')).toHaveLength(1)
      expect(textAt(found, 'metadata', 'continue')).toBeTruthy()
    })

    test('can be watched', async () => {
      const name = freshName('watched')
      const list = expectCode(await call('GET', CONFIG_MAPS), 200)
      const query = { resourceVersion: versionOf(list), fieldSelector: `metadata.name=${name}` }
      const watch = await subject().watch(CONFIG_MAPS, query, TABLE)
      expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name) }), 201)
      expectCode(await call('PATCH', `${CONFIG_MAPS}/${name}`, { body: { data: { a: '1' } } }), 200)
      const { object } = await watch.first(({ type }) => type === 'MODIFIED')
      expect(listCells(object).slice(0, 2)).toEqual([name, 1])
      const [first, second] = watch.events.map((event) => listAt(event.object, 'columnDefinitions').length)
      expect([first, second]).toEqual([3, 0])
      watch.close()
    })
  })

  test('metadata alone can be asked for', async () => {
    const name = freshName('meta')
    expectCode(await call('POST', CONFIG_MAPS, { body: configMap(name, { a: '1' }) }), 201)
    const one = expectCode(
      await call('GET', `${CONFIG_MAPS}/${name}`, {
        accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      }),
      200,
    )
    expect(one).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name } })
    expect(one).not.toHaveProperty('data')
    const all = expectCode(
      await call('GET', CONFIG_MAPS, { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }),
      200,
    )
    expect(all).toMatchObject({ kind: 'PartialObjectMetadataList' })
  })

  test('a form that nobody has is refused', async () => {
    const reply = await call('GET', CONFIG_MAPS, { accept: 'text/html' })
    expect(reply.code).toBe(406)
  })
}

function listCells(table: unknown): readonly unknown[] {
  const found = at(table, 'rows', 0, 'cells')
  return Array.isArray(found) ? found : []
}
