// Pods between the API server and a kubelet: defaults, binding, status, and the way out.
import { describe, expect, test } from 'vitest'
import { PODS, pod, STRATEGIC } from './paths.ts'
import { at, listAt, numberAt, textAt } from './read.ts'
import { expectCode, expectRefusal, freshName, NAMESPACE, type Subject, versionOf } from './subject.ts'

export function podTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)
  const create = async (spec = {}) => {
    const name = freshName('pod')
    return expectCode(await call('POST', PODS, { body: pod(name, spec) }), 201)
  }
  const pathOf = (made: unknown) => `${PODS}/${textAt(made, 'metadata', 'name')}`
  const bind = (made: unknown, uid = textAt(made, 'metadata', 'uid')) =>
    call('POST', `${pathOf(made)}/binding`, {
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: textAt(made, 'metadata', 'name'), namespace: NAMESPACE, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: 'some-node' },
      },
    })
  const setPhase = (made: unknown, phase: string) =>
    call('PATCH', `${pathOf(made)}/status`, { body: { status: { phase } }, contentType: STRATEGIC })

  describe('a pod', () => {
    test('starts Pending, with the defaults that a kubelet relies on', async () => {
      const made = await create({
        containers: [
          { name: 'web', image: 'web', ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 } } },
        ],
      })
      expect(made.status).toMatchObject({ phase: 'Pending', qosClass: 'BestEffort' })
      expect(made.spec).toMatchObject({
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        schedulerName: 'default-scheduler',
        dnsPolicy: 'ClusterFirst',
        enableServiceLinks: true,
      })
      expect(at(made, 'spec', 'containers', 0)).toMatchObject({
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        readinessProbe: {
          httpGet: { path: '/', scheme: 'HTTP' },
          periodSeconds: 10,
          timeoutSeconds: 1,
          successThreshold: 1,
          failureThreshold: 3,
        },
      })
      expect(numberAt(made, 'metadata', 'generation')).toBeUndefined()
    })

    test('needs containers, each with a name', async () => {
      const none = await call('POST', PODS, { body: pod(freshName(), { containers: [] }) })
      expect(expectRefusal(none, 422, 'Invalid')).toContain('spec.containers: Required value')
      const nameless = await call('POST', PODS, { body: pod(freshName(), { containers: [{ image: 'web' }] }) })
      expect(expectRefusal(nameless, 422, 'Invalid')).toContain('spec.containers[0].name: Required value')
    })

    test('is bound to a node once', async () => {
      const made = await create()
      expect(expectCode(await bind(made), 201)).toMatchObject({ kind: 'Status', status: 'Success' })
      const bound = expectCode(await call('GET', pathOf(made)), 200)
      expect(bound).toMatchObject({ spec: { nodeName: 'some-node' } })
      expect(listAt(bound, 'status', 'conditions')).toMatchObject([{ type: 'PodScheduled', status: 'True' }])
      expect(expectRefusal(await bind(made), 409, 'Conflict')).toContain('is already assigned to node "some-node"')
    })

    test('is not bound when it is not there', async () => {
      expectRefusal(await bind({ metadata: { name: 'missing' } }, ''), 404, 'NotFound')
    })

    test('keeps its node and its containers’ names', async () => {
      const made = await create({ nodeName: 'some-node' })
      const reply = await call('PATCH', pathOf(made), { body: { spec: { nodeName: 'other-node' } } })
      expect(expectRefusal(reply, 422, 'Invalid')).toContain('pod updates may not change')
    })

    test('has all addresses in podIPs, from podIP', async () => {
      const made = await create({ nodeName: 'some-node' })
      const body = { status: { podIP: '127.1.0.9' } }
      const next = expectCode(await call('PATCH', `${pathOf(made)}/status`, { body, contentType: STRATEGIC }), 200)
      expect(next.status).toMatchObject({ podIP: '127.1.0.9', podIPs: [{ ip: '127.1.0.9' }] })
    })
  })

  describe('deleting a pod', () => {
    test('that is on no node takes it away at once', async () => {
      const made = await create()
      expect(expectCode(await call('DELETE', pathOf(made)), 200)).toMatchObject({ kind: 'Pod' })
      expectRefusal(await call('GET', pathOf(made)), 404, 'NotFound')
    })

    test('that is on a node marks it, and a deletion with grace 0 takes it away', async () => {
      const made = await create({ nodeName: 'some-node', terminationGracePeriodSeconds: 5 })
      const watch = await subject().watch(PODS, {
        resourceVersion: versionOf(made),
        fieldSelector: `metadata.name=${textAt(made, 'metadata', 'name')}`,
      })
      const before = Date.now()
      const marked = expectCode(await call('DELETE', pathOf(made)), 200)
      expect(marked).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 5 } })
      const due = Date.parse(textAt(marked, 'metadata', 'deletionTimestamp') ?? '')
      expect(due - before).toBeGreaterThan(3_000)
      expect(due - before).toBeLessThan(7_000)
      const held = expectCode(await call('GET', pathOf(made)), 200)
      expect(held).toMatchObject({ metadata: { deletionGracePeriodSeconds: 5 } })
      const again = expectCode(await call('DELETE', pathOf(made)), 200)
      expect(textAt(again, 'metadata', 'deletionTimestamp')).toBe(textAt(marked, 'metadata', 'deletionTimestamp'))
      expectCode(await call('DELETE', pathOf(made), { body: { gracePeriodSeconds: 0 } }), 200)
      expectRefusal(await call('GET', pathOf(made)), 404, 'NotFound')
      await watch.first(({ type }) => type === 'DELETED')
      expect(new Set(watch.events.map(({ type }) => type))).toEqual(new Set(['MODIFIED', 'DELETED']))
      expect(watch.events.at(-1)?.type).toBe('DELETED')
      watch.close()
    })

    test('with a shorter grace than before shortens the wait', async () => {
      const made = await create({ nodeName: 'some-node' })
      expectCode(await call('DELETE', pathOf(made)), 200)
      const shorter = expectCode(await call('DELETE', pathOf(made), { query: { gracePeriodSeconds: 2 } }), 200)
      expect(numberAt(shorter, 'metadata', 'deletionGracePeriodSeconds')).toBe(2)
      const longer = expectCode(await call('DELETE', pathOf(made), { query: { gracePeriodSeconds: 20 } }), 200)
      expect(numberAt(longer, 'metadata', 'deletionGracePeriodSeconds')).toBe(2)
    })

    test.each(['Succeeded', 'Failed'])('that has %s does not wait', async (phase) => {
      const made = await create({ nodeName: 'some-node' })
      expectCode(await setPhase(made, phase), 200)
      expectCode(await call('DELETE', pathOf(made)), 200)
      expectRefusal(await call('GET', pathOf(made)), 404, 'NotFound')
    })

    test('that was meant to be another is refused', async () => {
      const made = await create({ nodeName: 'some-node' })
      const body = { gracePeriodSeconds: 0, preconditions: { uid: '00000000-0000-4000-8000-000000000000' } }
      expectRefusal(await call('DELETE', pathOf(made), { body }), 409, 'Conflict')
    })
  })
}
