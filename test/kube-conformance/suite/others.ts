// Events of both groups, Leases, Services, Nodes, Namespaces.
import { describe, expect, test, vi } from 'vitest'
import { DEPLOYMENTS, deployment, EVENTS, LEASES, NEW_EVENTS, SERVICES, STRATEGIC } from './paths.ts'
import { at, textAt } from './read.ts'
import { expectCode, expectRefusal, freshName, NAMESPACE, namesOf, type Subject, soon, versionOf } from './subject.ts'

export function otherTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)

  describe('events', () => {
    const regarding = {
      apiVersion: 'evenkeel.dev/v1alpha1',
      kind: 'Guard',
      namespace: NAMESPACE,
      name: 'checkout',
      uid: 'u-1',
    }
    const TIME = '2026-01-02T03:04:05.678900Z'
    const newEvent = (name: string) => ({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name },
      eventTime: TIME,
      reportingController: 'evenkeel.dev/controller',
      reportingInstance: 'one',
      action: 'Scale',
      reason: 'Scaled',
      type: 'Normal',
      note: 'from 2 to 3',
      regarding,
    })

    test('of events.k8s.io are seen as events of core', async () => {
      const name = freshName('event')
      expectCode(await call('POST', NEW_EVENTS, { body: newEvent(name) }), 201)
      const found = expectCode(await call('GET', `${EVENTS}/${name}`), 200)
      expect(found).toMatchObject({
        apiVersion: 'v1',
        kind: 'Event',
        involvedObject: regarding,
        message: 'from 2 to 3',
        reportingComponent: 'evenkeel.dev/controller',
        reportingInstance: 'one',
        reason: 'Scaled',
        action: 'Scale',
        type: 'Normal',
        eventTime: TIME,
      })
      const back = expectCode(await call('GET', `${NEW_EVENTS}/${name}`), 200)
      expect(back).toMatchObject({
        apiVersion: 'events.k8s.io/v1',
        regarding,
        note: 'from 2 to 3',
        reportingController: 'evenkeel.dev/controller',
      })
    })

    test('of core are seen as events of events.k8s.io', async () => {
      const name = freshName('event')
      const body = {
        metadata: { name },
        involvedObject: regarding,
        reason: 'Started',
        message: 'started it',
        type: 'Normal',
        source: { component: 'kubelet', host: 'n1' },
        firstTimestamp: '2026-01-02T03:04:05Z',
        lastTimestamp: '2026-01-02T03:04:06Z',
        count: 2,
      }
      expectCode(await call('POST', EVENTS, { body }), 201)
      expect(expectCode(await call('GET', `${NEW_EVENTS}/${name}`), 200)).toMatchObject({
        regarding,
        note: 'started it',
        deprecatedSource: { component: 'kubelet', host: 'n1' },
        deprecatedCount: 2,
        deprecatedFirstTimestamp: '2026-01-02T03:04:05Z',
      })
    })

    test('are found by the object that they are about', async () => {
      const name = freshName('event')
      const about = { ...regarding, uid: name }
      expectCode(await call('POST', NEW_EVENTS, { body: { ...newEvent(name), regarding: about } }), 201)
      const old = { fieldSelector: `involvedObject.uid=${name},involvedObject.kind=Guard,reason=Scaled` }
      expect(namesOf(expectCode(await call('GET', EVENTS, { query: old }), 200))).toEqual([name])
      const other = { fieldSelector: `involvedObject.uid=${name},involvedObject.kind=Pod` }
      expect(namesOf(expectCode(await call('GET', EVENTS, { query: other }), 200))).toEqual([])
    })

    test('take a series by merge patch, and both groups’ watches see it', async () => {
      const name = freshName('event')
      const made = expectCode(await call('POST', NEW_EVENTS, { body: newEvent(name) }), 201)
      const from = { resourceVersion: versionOf(made), fieldSelector: `metadata.name=${name}` }
      const [old, fresh] = [await subject().watch(EVENTS, from), await subject().watch(NEW_EVENTS, from)]
      const series = { count: 3, lastObservedTime: TIME }
      expectCode(await call('PATCH', `${NEW_EVENTS}/${name}`, { body: { series } }), 200)
      const seenOld = await old.first(({ type }) => type === 'MODIFIED')
      expect(seenOld.object).toMatchObject({ apiVersion: 'v1', message: 'from 2 to 3', series: { count: 3 } })
      const seenFresh = await fresh.first(({ type }) => type === 'MODIFIED')
      expect(seenFresh.object).toMatchObject({
        apiVersion: 'events.k8s.io/v1',
        note: 'from 2 to 3',
        series: { count: 3 },
      })
      old.close()
      fresh.close()
    })

    test('of core about an object of another namespace are refused', async () => {
      const involvedObject = { ...regarding, namespace: 'default' }
      const body = { metadata: { name: freshName('event') }, involvedObject, reason: 'X', message: 'x', type: 'Normal' }
      expect(expectRefusal(await call('POST', EVENTS, { body }), 422, 'Invalid')).toContain('does not match')
    })
  })

  describe('a Lease', () => {
    const spec = {
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-02T03:04:05.678900Z',
      renewTime: '2026-01-02T03:04:05.678900Z',
      leaseTransitions: 0,
    }

    test('is replaced only by who names its version', async () => {
      const name = freshName('lease')
      const made = expectCode(await call('POST', LEASES, { body: { metadata: { name }, spec } }), 201)
      expect(made.spec).toEqual(spec)
      const path = `${LEASES}/${name}`
      const renewed = { ...made, spec: { ...spec, renewTime: '2026-01-02T03:04:07.000001Z' } }
      expectCode(await call('PUT', path, { body: renewed }), 200)
      expectRefusal(
        await call('PUT', path, { body: { ...made, spec: { ...spec, holderIdentity: 'two' } } }),
        409,
        'Conflict',
      )
      expectRefusal(await call('PUT', path, { body: { metadata: { name }, spec } }), 422, 'Invalid')
    })

    test('lasts longer than nothing', async () => {
      const body = { metadata: { name: freshName('lease') }, spec: { ...spec, leaseDurationSeconds: 0 } }
      expect(expectRefusal(await call('POST', LEASES, { body }), 422, 'Invalid')).toContain('spec.leaseDurationSeconds')
    })
  })

  test('a Service has a type, an affinity and for each port a protocol and a target', async () => {
    const body = {
      metadata: { name: freshName('service') },
      spec: { selector: { app: 'x' }, ports: [{ port: 8080 }], clusterIP: 'None' },
    }
    const made = expectCode(await call('POST', SERVICES, { body }), 201)
    expect(made.spec).toMatchObject({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      clusterIP: 'None',
      ports: [{ port: 8080, protocol: 'TCP', targetPort: 8080 }],
    })
  })

  test('a Deployment has the strategy and the limits that its controller relies on', async () => {
    const { replicas: _, ...spec } = deployment('x').spec
    const name = freshName('deployment')
    const labels = { app: name }
    const body = {
      metadata: { name },
      spec: {
        ...spec,
        paused: true,
        selector: { matchLabels: labels },
        template: { ...spec.template, metadata: { labels } },
      },
    }
    const made = expectCode(await call('POST', DEPLOYMENTS, { body }), 201)
    expect(made.spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        spec: {
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          containers: [{ ports: [{ protocol: 'TCP' }] }],
        },
      },
    })
  })

  test('a Node keeps the status that it registers with, and merges its conditions', async () => {
    const name = freshName('node')
    const condition = { type: 'Ready', status: 'True', reason: 'Up', message: '' }
    const body = { metadata: { name }, status: { capacity: { pods: '5' }, conditions: [condition] } }
    const made = expectCode(await call('POST', '/api/v1/nodes', { body }), 201)
    expect(made.status).toMatchObject({ capacity: { pods: '5' }, conditions: [{ type: 'Ready', status: 'True' }] })
    const status = {
      conditions: [{ type: 'Ready', status: 'False' }],
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    }
    const next = expectCode(
      await call('PATCH', `/api/v1/nodes/${name}/status`, { body: { status }, contentType: STRATEGIC }),
      200,
    )
    expect(next.status).toMatchObject({ conditions: [{ type: 'Ready', status: 'False', reason: 'Up' }] })
    expectCode(await call('DELETE', `/api/v1/nodes/${name}`), 200)
  })

  test('a namespace that is deleted takes along what is in it', async () => {
    const name = freshName('space')
    expect(expectCode(await call('POST', '/api/v1/namespaces', { body: { metadata: { name } } }), 201)).toMatchObject({
      status: { phase: 'Active' },
    })
    const path = `/api/v1/namespaces/${name}/configmaps`
    expectCode(await call('POST', path, { body: { metadata: { name: 'one' } } }), 201)
    expectCode(await call('DELETE', `/api/v1/namespaces/${name}`), 200)
    await vi.waitFor(async () => expect((await call('GET', `${path}/one`)).code).toBe(404), soon)
    await vi.waitFor(async () => expect((await call('GET', `/api/v1/namespaces/${name}`)).code).toBe(404), soon)
  })

  test('roles are stored', async () => {
    const name = freshName('role')
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
    const made = expectCode(await call('POST', path, { body: { metadata: { name: `system:${name}` }, rules } }), 201)
    expect(at(made, 'rules')).toEqual(rules)
    expectCode(await call('DELETE', `${path}/${textAt(made, 'metadata', 'name')}`), 200)
  })
}
