// The product's own client on this server: what the controller does to a cluster works.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { applyObject, applyStatus, createIfAbsent, patchStatus } from '../../../controller/kube/apply.ts'
import { connectKube, type KubeClient } from '../../../controller/kube/client.ts'
import { createEventRecorder } from '../../../controller/kube/events.ts'
import { createElector } from '../../../controller/kube/lease.ts'
import {
  createObject,
  deleteObject,
  getObject,
  isServed,
  listObjects,
  mergePatch,
} from '../../../controller/kube/objects.ts'
import { createReflector } from '../../../controller/kube/reflector.ts'
import {
  AUTOSCALERS,
  DEPLOYMENTS,
  EVENTS,
  GUARDS,
  PODS,
  SCALED_OBJECTS,
} from '../../../controller/kube/resource-type.ts'
import { projectRaw } from '../../../controller/kube/resources.ts'
import { patchScale, readScale, writeMinimum } from '../../../controller/kube/scale.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import { failureOf } from '../../kube/rig.ts'
import { deployment, guard } from './paths.ts'
import { at, textAt } from './read.ts'
import { freshName, NAMESPACE, type Subject, soon, versionOf } from './subject.ts'

export function productClientTests(subject: () => Subject): void {
  let open: KubeClient | undefined
  const client = () => {
    if (open === undefined) throw new Error('the client is only there inside a test')
    return open
  }
  beforeAll(async () => {
    const kubeconfigPath = subject().kubeconfigPath
    open = await connectKube({ kubeconfigPath, requestTimeoutMs: 5000, clock: systemClock })
  })
  afterAll(() => open?.close())

  const inNamespace = (object: { readonly metadata: object }) => ({
    ...object,
    metadata: { ...object.metadata, namespace: NAMESPACE },
  })
  const fail = (error: unknown) => {
    throw error
  }

  describe('the product’s client', () => {
    test('follows a collection with its reflector', async () => {
      const reflector = createReflector({
        client: client(),
        clock: systemClock,
        type: GUARDS,
        namespace: NAMESPACE,
        project: projectRaw,
        onProblem: ({ error }) => fail(error),
      })
      const stop = new AbortController()
      const running = reflector.run(stop.signal)
      const name = freshName('followed')
      const ref = { namespace: NAMESPACE, name }
      await vi.waitFor(() => expect(reflector.synced).toBe(true), soon)
      await createObject(client(), GUARDS, inNamespace(guard(name)))
      await vi.waitFor(() => expect(reflector.get(`${NAMESPACE}/${name}`)?.generation).toBe(1), soon)
      await mergePatch(client(), GUARDS, ref, { spec: { mode: 'Enforce' } })
      await vi.waitFor(() => expect(reflector.get(`${NAMESPACE}/${name}`)?.generation).toBe(2), soon)
      await deleteObject(client(), GUARDS, ref)
      await vi.waitFor(() => expect(reflector.get(`${NAMESPACE}/${name}`)).toBeUndefined(), soon)
      stop.abort()
      await running
    })

    test('elects one leader, and the next when that one releases', async () => {
      const options = {
        client: client(),
        clock: systemClock,
        namespace: NAMESPACE,
        name: freshName('election'),
        onError() {},
      }
      const timing = { leaseMs: 3000, renewDeadlineMs: 2000, retryMs: 200 }
      const [one, two] = [
        createElector({ ...options, ...timing, identity: 'one' }),
        createElector({ ...options, ...timing, identity: 'two' }),
      ]
      const stop = new AbortController()
      const first = one.run(stop.signal)
      await vi.waitFor(() => expect(one.isLeading()).toBe(true), soon)
      const second = two.run(stop.signal)
      await vi.waitFor(() => expect(two.holder).toBe('one'), soon)
      expect(two.isLeading()).toBe(false)
      await one.release()
      await vi.waitFor(() => expect(two.isLeading()).toBe(true), soon)
      expect(one.isLeading()).toBe(false)
      stop.abort()
      await Promise.all([first, second])
    })

    test('applies its objects and their status', async () => {
      const name = freshName('applied')
      const made = await applyObject(client(), GUARDS, inNamespace(guard(name, { mode: 'Enforce' })))
      expect(at(made, 'spec', 'mode')).toBe('Enforce')
      const status = { observedGeneration: 1 }
      const written = await applyStatus(client(), GUARDS, { namespace: NAMESPACE, name }, status)
      expect(at(written, 'status', 'observedGeneration')).toBe(1)
      expect(at(written, 'spec', 'mode')).toBe('Enforce')
      const again = await applyStatus(client(), GUARDS, { namespace: NAMESPACE, name }, status)
      expect(versionOf(again)).toBe(versionOf(written))
    })

    test('patches a status once when two have read the same version', async () => {
      const name = freshName('fenced')
      const made = await createObject(client(), GUARDS, inNamespace(guard(name)))
      const ref = { namespace: NAMESPACE, name }
      const resourceVersion = versionOf(made)
      const write = (observedGeneration: number) =>
        patchStatus(client(), GUARDS, ref, { observedGeneration }, { resourceVersion })
      await write(1)
      expect(await failureOf(write(2))).toMatchObject({ status: 409, reason: 'Conflict' })
    })

    test('creates what is absent and finds what is there', async () => {
      const object = inNamespace(guard(freshName('absent')))
      expect((await createIfAbsent(client(), GUARDS, object)).created).toBe(true)
      expect((await createIfAbsent(client(), GUARDS, object)).created).toBe(false)
    })

    test('scales a Deployment by what it has read, and by nothing older', async () => {
      const name = freshName('scaled')
      await createObject(client(), DEPLOYMENTS, inNamespace(deployment(name, { replicas: 1, paused: true })))
      const ref = { kind: 'Deployment', namespace: NAMESPACE, name } as const
      // The controllers of a real cluster may still be at it.
      const written = await vi.waitFor(async () => {
        const read = await readScale(client(), ref)
        expect(read).toMatchObject({ replicas: 1, selector: `app=${name}` })
        return { read, scale: await patchScale(client(), ref, 2, read.resourceVersion) }
      }, soon)
      expect(written.scale.replicas).toBe(2)
      const stale = await failureOf(patchScale(client(), ref, 3, written.read.resourceVersion))
      expect(stale).toMatchObject({ status: 409 })
    })

    test('raises the minimum of an autoscaler', async () => {
      const name = freshName('autoscaler')
      const spec = {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nothing' },
        minReplicas: 1,
        maxReplicas: 5,
      }
      await createObject(client(), AUTOSCALERS, { metadata: { namespace: NAMESPACE, name }, spec })
      await vi.waitFor(async () => {
        const resourceVersion = versionOf(await getObject(client(), AUTOSCALERS, { namespace: NAMESPACE, name }))
        await writeMinimum(
          client(),
          { kind: 'HorizontalPodAutoscaler', namespace: NAMESPACE, name, resourceVersion },
          3,
        )
      }, soon)
      const after = await getObject(client(), AUTOSCALERS, { namespace: NAMESPACE, name })
      expect(at(after, 'spec', 'minReplicas')).toBe(3)
    })

    test('records events, repeated ones as a series', async () => {
      const made = await createObject(client(), GUARDS, inNamespace(guard(freshName('told'))))
      const uid = textAt(made, 'metadata', 'uid') ?? ''
      const recorder = createEventRecorder({
        client: client(),
        clock: systemClock,
        instance: 'conformance',
        onError: fail,
      })
      const event = {
        regarding: {
          apiVersion: 'evenkeel.dev/v1alpha1',
          kind: 'Guard',
          namespace: NAMESPACE,
          name: textAt(made, 'metadata', 'name') ?? '',
          uid,
        },
        type: 'Warning',
        reason: 'LimitBreached',
        action: 'Evaluate',
        note: 'p99 is 900 ms, the limit is 500 ms',
      } as const
      recorder.record(event)
      await recorder.flush()
      recorder.record(event)
      recorder.record(event)
      await recorder.flush()
      expect(recorder.counts).toMatchObject({ failed: 0, repeated: 2 })
      const found = await listObjects(client(), EVENTS, { namespace: NAMESPACE })
      const ours = found.filter((one) => textAt(one, 'regarding', 'uid') === uid)
      expect(ours).toMatchObject([{ note: event.note, reason: 'LimitBreached', series: { count: 3 } }])
    })

    test('knows which kinds are served', async () => {
      expect(await isServed(client(), PODS)).toBe(true)
      expect(await isServed(client(), GUARDS)).toBe(true)
      expect(await isServed(client(), SCALED_OBJECTS)).toBe(false)
    })

    test('pages through a collection', async () => {
      const names = ['a', 'b', 'c'].map((letter) => freshName(`paged-${letter}`))
      for (const name of names) await createObject(client(), GUARDS, inNamespace(guard(name, {}, { page: 'yes' })))
      const found = await listObjects(client(), GUARDS, { namespace: NAMESPACE, labelSelector: 'page=yes' })
      expect(found).toHaveLength(3)
    })
  })
}
