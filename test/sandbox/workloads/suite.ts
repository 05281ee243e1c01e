// What Deployments, ReplicaSets, StatefulSets and the garbage collector promise: one suite, whatever Kubernetes API they run on.
import { describe, expect, test, vi } from 'vitest'
import { isActive, isReady, type Pod } from '../../../sandbox/workloads/objects.ts'
import { controllerOf } from '../../../sandbox/workloads/ownership.ts'
import { httpContainer, httpDeployment } from '../../cluster/http-pod.ts'
import { ask, type Subject, WITHIN, workloadsRig } from './rig.ts'

/** It runs, and is never ready. One that crashes would be ready for moments, which counts as progress. */
const BROKEN = {
  name: 'web',
  image: 'none',
  command: ['sleep', '600'],
  readinessProbe: { tcpSocket: { port: 9 }, periodSeconds: 1 },
}

function deploymentOf(replicas: number, spec: object = {}): object {
  const { spec: base, ...rest } = httpDeployment('web', replicas) as { spec: object }
  return { ...rest, spec: { ...base, ...spec } }
}

const template = (version: string, container = httpContainer()) => ({
  metadata: { labels: { app: 'web', version } },
  spec: { terminationGracePeriodSeconds: 5, containers: [container] },
})
const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
})
const versionsOf = (pods: readonly Pod[]) => [...new Set(pods.map(({ metadata }) => metadata.labels.version))]

export function describeWorkloads(startSubject: () => Promise<Subject>): void {
  const rig = workloadsRig(startSubject)

  describe('a Deployment', () => {
    test('becomes ready pods that answer, says so, and scales out and in', async () => {
      await rig.create('deployments', deploymentOf(2))
      const two = await rig.readyPods(2)
      for (const pod of two) expect(await ask(pod)).toBe(pod.metadata.name)
      const { status, metadata } = await rig.rolledOut()
      expect(status.conditions).toEqual([
        expect.objectContaining({ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }),
        expect.objectContaining({ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }),
      ])
      expect(metadata.annotations['deployment.kubernetes.io/revision']).toBe('1')

      await rig.patch('deployments', 'web', { spec: { replicas: 4 } })
      const four = await rig.readyPods(4)
      expect(four.map(({ metadata }) => metadata.uid)).toEqual(
        expect.arrayContaining(two.map(({ metadata }) => metadata.uid)),
      )
      await rig.patch('deployments', 'web', { spec: { replicas: 1 } })
      const [last] = await rig.readyPods(1)
      expect(four.map(({ metadata }) => metadata.uid)).toContain(last?.metadata.uid)
      await rig.rolledOut()
      expect(await rig.replicaSets()).toHaveLength(1)
    })

    test('is scaled to nothing and back', async () => {
      await rig.create('deployments', deploymentOf(1))
      await rig.readyPods(1)
      await rig.patch('deployments', 'web', { spec: { replicas: 0 } })
      await vi.waitFor(async () => expect(await rig.pods()).toEqual([]), WITHIN)
      await rig.patch('deployments', 'web', { spec: { replicas: 1 } })
      await rig.readyPods(1)
    })

    test('rolls to a new template, always within maxSurge and maxUnavailable', async () => {
      await rig.create('deployments', deploymentOf(3, { template: template('one'), strategy: rolling(1, 0) }))
      await rig.rolledOut()
      const counts: { readonly pods: number; readonly ready: number }[] = []
      rig.seen().onChange(() => {
        const active = rig.seen().all().filter(isActive)
        counts.push({ pods: active.length, ready: active.filter(isReady).length })
      })
      await rig.patch('deployments', 'web', { spec: { template: template('two') } })
      const { metadata } = await rig.rolledOut()
      await vi.waitFor(async () => expect(versionsOf(await rig.readyPods(3))).toEqual(['two']), WITHIN)
      expect(counts.length).toBeGreaterThan(6)
      expect(counts.filter(({ pods, ready }) => pods > 4 || ready < 3)).toEqual([])
      expect(metadata.annotations['deployment.kubernetes.io/revision']).toBe('2')
    })

    test('keeps its old pods when the new template does not work, and says that it is stuck', async () => {
      const spec = {
        template: template('one'),
        strategy: rolling(1, 0),
        progressDeadlineSeconds: 2,
        minReadySeconds: 1,
      }
      await rig.create('deployments', deploymentOf(2, spec))
      await rig.rolledOut()
      await rig.patch('deployments', 'web', { spec: { template: template('two', BROKEN) } })
      await vi.waitFor(async () => {
        expect((await rig.deployment()).status.conditions).toContainEqual(
          expect.objectContaining({ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }),
        )
      }, WITHIN)
      const pods = await rig.pods()
      expect(pods.filter(isReady).map(({ metadata }) => metadata.labels.version)).toEqual(['one', 'one'])
      expect(pods).toHaveLength(3)

      await rig.patch('deployments', 'web', { spec: { template: template('one') } })
      const { metadata } = await rig.rolledOut()
      expect(metadata.annotations['deployment.kubernetes.io/revision']).toBe('3')
      expect(await rig.replicaSets()).toHaveLength(2)
    })

    test('with Recreate never runs two templates at once', async () => {
      await rig.create('deployments', deploymentOf(2, { template: template('one'), strategy: { type: 'Recreate' } }))
      await rig.rolledOut()
      const mixed: string[] = []
      rig.seen().onChange(() => {
        const versions = versionsOf(rig.seen().all())
        if (versions.length > 1) mixed.push(versions.join())
      })
      await rig.patch('deployments', 'web', { spec: { template: template('two') } })
      await rig.rolledOut()
      expect(versionsOf(await rig.readyPods(2))).toEqual(['two'])
      expect(mixed).toEqual([])
    })

    test('that is paused scales but does not roll, and forgets more history than it should keep when it goes on', async () => {
      await rig.create('deployments', deploymentOf(1, { template: template('one'), revisionHistoryLimit: 0 }))
      await rig.rolledOut()
      await rig.patch('deployments', 'web', { spec: { paused: true, replicas: 2, template: template('two') } })
      expect(versionsOf(await rig.readyPods(2))).toEqual(['one'])
      await rig.patch('deployments', 'web', { spec: { paused: false } })
      await rig.rolledOut()
      await vi.waitFor(async () => expect(await rig.replicaSets()).toHaveLength(1), WITHIN)
      expect(versionsOf(await rig.readyPods(2))).toEqual(['two'])
    })
  })

  describe('a ReplicaSet', () => {
    test('has a pod that was deleted replaced, and one whose process was killed restarted', async () => {
      await rig.create('deployments', deploymentOf(2))
      const [deleted, killed] = await rig.readyPods(2)
      if (deleted === undefined || killed === undefined) throw new Error('this test needs two pods')
      await rig.remove('pods', deleted.metadata.name)
      process.kill(rig.pidOf(killed.metadata.name), 'SIGKILL')
      await vi.waitFor(async () => {
        const pods = await rig.readyPods(2)
        const names = pods.map(({ metadata }) => metadata.name)
        expect(names).not.toContain(deleted.metadata.name)
        const again = pods.find(({ metadata }) => metadata.uid === killed.metadata.uid)
        expect(again?.status.containerStatuses[0]?.restartCount).toBe(1)
      }, WITHIN)
    })

    test('lets go a pod whose label no longer matches, makes another one, and takes it back as surplus', async () => {
      await rig.create('deployments', deploymentOf(1))
      const [isolated] = await rig.readyPods(1)
      const name = isolated?.metadata.name ?? ''
      await rig.patch('pods', name, { metadata: { labels: { app: 'isolated' } } })
      const both = await rig.readyPods(2)
      const released = both.find(({ metadata }) => metadata.name === name)
      expect(released && controllerOf(released)).toBeUndefined()
      await rig.patch('pods', name, { metadata: { labels: { app: 'web' } } })
      await rig.readyPods(1)
    })

    test('gives up pods that are not ready first', async () => {
      await rig.create('deployments', deploymentOf(2))
      const [keep, unready] = await rig.readyPods(2)
      if (keep === undefined || unready === undefined) throw new Error('this test needs two pods')
      await fetch(`http://${unready.status.podIP}:8080/unready`)
      await vi.waitFor(async () => expect((await rig.pods()).filter(isReady)).toHaveLength(1), WITHIN)
      await rig.patch('deployments', 'web', { spec: { replicas: 1 } })
      const [left] = await rig.readyPods(1)
      expect(left?.metadata.uid).toBe(keep.metadata.uid)
    })
  })

  describe('a StatefulSet', () => {
    const setOf = (replicas: number, spec: object = {}) => ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: { ...(deploymentOf(replicas, { serviceName: 'web', ...spec }) as { spec: object }).spec },
    })
    const namesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).sort()

    test('has pods with numbers, that come in order and go from the end', async () => {
      const comings: string[] = []
      rig.seen().onChange((now, before) => {
        if (now === undefined || before !== undefined) return
        const others = rig
          .seen()
          .all()
          .filter((pod) => pod !== now)
        comings.push(`${now.metadata.name} after ${others.filter(isReady).length}`)
      })
      await rig.create('statefulsets', setOf(3))
      expect(namesOf(await rig.readyPods(3))).toEqual(['web-0', 'web-1', 'web-2'])
      expect(comings).toEqual(['web-0 after 0', 'web-1 after 1', 'web-2 after 2'])
      await rig.patch('statefulsets', 'web', { spec: { replicas: 1 } })
      expect(namesOf(await rig.readyPods(1))).toEqual(['web-0'])
      await vi.waitFor(async () => {
        expect((await rig.statefulSet()).status).toMatchObject({ replicas: 1, readyReplicas: 1, updatedReplicas: 1 })
      }, WITHIN)
    })

    test('has a pod that was deleted made anew under its name', async () => {
      await rig.create('statefulsets', setOf(1))
      const [before] = await rig.readyPods(1)
      await rig.remove('pods', 'web-0')
      await vi.waitFor(async () => {
        const [after] = await rig.readyPods(1)
        expect(after?.metadata.name).toBe('web-0')
        expect(after?.metadata.uid).not.toBe(before?.metadata.uid)
      }, WITHIN)
    })

    test('rolls to a new template from the end, and is deleted with everything', async () => {
      await rig.create('statefulsets', setOf(2, { template: template('one') }))
      await rig.readyPods(2)
      const comings: string[] = []
      rig.seen().onChange((now, before) => {
        if (now !== undefined && before === undefined) comings.push(now.metadata.name)
      })
      await rig.patch('statefulsets', 'web', { spec: { template: template('two') } })
      await vi.waitFor(async () => {
        const { status, metadata } = await rig.statefulSet()
        expect(status.observedGeneration).toBe(metadata.generation)
        expect(status).toMatchObject({ updatedReplicas: 2, readyReplicas: 2, currentRevision: status.updateRevision })
      }, WITHIN)
      expect(comings).toEqual(['web-1', 'web-0'])
      expect(versionsOf(await rig.readyPods(2))).toEqual(['two'])
      await rig.remove('statefulsets', 'web')
      await vi.waitFor(() => expect(rig.seen().all()).toEqual([]), WITHIN)
    })
  })

  describe('a deleted Deployment', () => {
    const isEmpty = () =>
      vi.waitFor(async () => {
        expect(await rig.replicaSets()).toEqual([])
        expect(rig.seen().all()).toEqual([])
      }, WITHIN)

    test('takes its ReplicaSets and pods with it', async () => {
      await rig.create('deployments', deploymentOf(2))
      await rig.readyPods(2)
      await rig.remove('deployments', 'web')
      await isEmpty()
    })

    test('in the foreground goes last', async () => {
      await rig.create('deployments', deploymentOf(2))
      await rig.readyPods(2)
      await rig.remove('deployments', 'web', { propagationPolicy: 'Foreground' })
      await vi.waitFor(async () => {
        await expect(rig.deployment()).rejects.toMatchObject({ status: 404 })
      }, WITHIN)
      expect(await rig.replicaSets()).toEqual([])
      await isEmpty()
    })

    test('that orphans leaves everything running, for the next one to adopt', async () => {
      await rig.create('deployments', deploymentOf(2))
      const before = await rig.readyPods(2)
      await rig.remove('deployments', 'web', { propagationPolicy: 'Orphan' })
      await vi.waitFor(async () => {
        await expect(rig.deployment()).rejects.toMatchObject({ status: 404 })
      }, WITHIN)
      const [orphan] = await rig.replicaSets()
      expect(orphan?.metadata.ownerReferences).toEqual([])
      await rig.create('deployments', deploymentOf(2))
      await rig.rolledOut()
      const uids = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.uid).sort()
      expect(uids(await rig.readyPods(2))).toEqual(uids(before))
      expect(await rig.replicaSets()).toHaveLength(1)
    })
  })
}
