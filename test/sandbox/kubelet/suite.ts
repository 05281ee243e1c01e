// What the process kubelet promises, whatever Kubernetes API it runs on: pods become processes that answer, crash, drain and end.
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { FAREWELL, HTTP_PORT, httpContainer, httpDeployment, podOf } from '../../cluster/http-pod.ts'
import { isAlive } from '../../is-alive.ts'
import { ask, type Cluster, DEPLOYMENTS, FORCE, isReady, kubeletRig, PODS, WITHIN } from './rig.ts'

export function describeKubelet(startCluster: () => Promise<Cluster>): void {
  const { api, start, create, remove, scale, pods, readyPods, readyPod, onlyPod, processOf } = kubeletRig(startCluster)

  describe('a Deployment', () => {
    test('becomes ready pods that answer on addresses of their own, and scales out and in', async () => {
      await start()
      await create(DEPLOYMENTS, httpDeployment('web', 2))
      const two = await readyPods(2)
      expect(new Set(two.map(({ address }) => address)).size).toBe(2)
      for (const { name, address, pod } of two) {
        expect(address).toMatch(/^127\.1\./)
        expect(pod.status).toMatchObject({ phase: 'Running', podIP: address })
        expect(await ask(address)).toBe(name)
      }

      await scale('web', 3)
      const three = await readyPods(3)
      expect(three.map(({ pid }) => pid)).toEqual(expect.arrayContaining(two.map(({ pid }) => pid)))

      await scale('web', 1)
      const last = await readyPod()
      await vi.waitFor(() => expect(three.map(({ pid }) => pid).filter(isAlive)).toEqual([last.pid]), WITHIN)
    })
  })

  describe('a process that ends', () => {
    test('is started again after kill -9, and the restart is counted', async () => {
      await start()
      await create(PODS, podOf('web', httpContainer()))
      const before = await readyPod()
      process.kill(before.pid, 'SIGKILL')
      await vi.waitFor(async () => {
        const { status } = await onlyPod()
        expect(status.containerStatuses[0]).toMatchObject({
          ready: true,
          restartCount: 1,
          lastState: { terminated: { exitCode: 137 } },
        })
      }, WITHIN)
      const after = await readyPod()
      expect(after.pid).not.toBe(before.pid)
      expect(after.address).toBe(before.address)
      expect(await ask(after.address)).toBe('web')
    })

    test('is held back with CrashLoopBackOff when it ends again and again', async () => {
      await start({ backoff: { firstMs: 60_000, longestMs: 60_000, forgetAfterMs: 60_000 } })
      await create(PODS, podOf('crashing', { name: 'main', image: 'none', command: ['sh', '-c', 'exit 7'] }))
      await vi.waitFor(async () => {
        const { status } = await onlyPod()
        expect(status.phase).toBe('Running')
        expect(status.containerStatuses[0]).toMatchObject({
          ready: false,
          restartCount: 1,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 7 } },
        })
      }, WITHIN)
    })

    test('stays ended when its pod says Never: the pod has succeeded or failed by its exit code', async () => {
      await start()
      const job = (name: string, code: number) =>
        podOf(name, { name: 'main', image: 'none', command: ['sh', '-c', `exit ${code}`] }, { restartPolicy: 'Never' })
      await create(PODS, job('good', 0))
      await create(PODS, job('bad', 1))
      await vi.waitFor(async () => {
        const phases = (await pods()).map(({ metadata, status }) => [metadata.name, status.phase])
        expect(Object.fromEntries(phases)).toEqual({ good: 'Succeeded', bad: 'Failed' })
      }, WITHIN)
    })
  })

  describe('readiness', () => {
    test('follows the probe: a pod that answers 503 is not ready, and is again when it answers 200', async () => {
      await start()
      await create(PODS, podOf('web', httpContainer()))
      const { address, pid } = await readyPod()
      await ask(address, '/unready')
      await vi.waitFor(async () => expect(isReady(await onlyPod())).toBe(false), WITHIN)
      await ask(address, '/readied')
      expect((await readyPod()).pid).toBe(pid)
    })

    test('waits for the readiness gates, and leaves the conditions of others as they are', async () => {
      await start()
      const gate = 'example.dev/allowed'
      await create(PODS, podOf('gated', httpContainer(), { readinessGates: [{ conditionType: gate }] }))
      await vi.waitFor(async () => expect((await onlyPod()).status.containerStatuses[0]?.ready).toBe(true), WITHIN)
      expect(isReady(await onlyPod())).toBe(false)
      const setGate = (status: string) =>
        api().request({
          method: 'PATCH',
          path: `${PODS}/gated/status`,
          body: { status: { conditions: [{ type: gate, status }] } },
          contentType: 'application/strategic-merge-patch+json',
        })
      await setGate('True')
      const { pod } = await readyPod()
      expect(pod.status.conditions).toContainEqual({ type: gate, status: 'True' })
      await setGate('False')
      await vi.waitFor(async () => expect(isReady(await onlyPod())).toBe(false), WITHIN)
    })

    test('ends a process whose liveness probe fails, and starts it anew', async () => {
      await start()
      const livenessProbe = {
        httpGet: { path: '/ready', port: HTTP_PORT },
        periodSeconds: 1,
        failureThreshold: 1,
        initialDelaySeconds: 1,
      }
      await create(PODS, podOf('web', httpContainer({ livenessProbe }), { terminationGracePeriodSeconds: 5 }))
      const { address, pid } = await readyPod()
      await ask(address, '/unready')
      await vi.waitFor(async () => expect((await onlyPod()).status.containerStatuses[0]?.restartCount).toBe(1), WITHIN)
      expect((await readyPod()).pid).not.toBe(pid)
    })
  })

  describe('a deleted pod', () => {
    test('is asked to end, ends by itself, and goes away only then', async () => {
      await start()
      await create(PODS, podOf('web', httpContainer(), { terminationGracePeriodSeconds: 25 }))
      await readyPod()
      const { logFile, pid } = processOf('web')
      const startedAt = performance.now()
      await remove('web')
      await vi.waitFor(async () => expect(await pods()).toEqual([]), WITHIN)
      expect(performance.now() - startedAt).toBeLessThan(20_000)
      expect(isAlive(pid)).toBe(false)
      expect(readFileSync(logFile, 'utf8')).toContain(FAREWELL)
    })

    test('is killed when its grace is over', async () => {
      await start()
      const deaf = ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.1; done']
      await create(
        PODS,
        podOf('deaf', { name: 'main', image: 'none', command: deaf }, { terminationGracePeriodSeconds: 1 }),
      )
      await readyPod()
      const { logFile, pid } = processOf('deaf')
      await vi.waitUntil(() => readFileSync(logFile, 'utf8').includes('up'), WITHIN)
      await remove('deaf')
      await vi.waitFor(async () => expect(await pods()).toEqual([]), WITHIN)
      expect(isAlive(pid)).toBe(false)
    })

    test('loses its process at once when it is deleted by force', async () => {
      await start()
      await create(PODS, podOf('web', httpContainer()))
      const { pid } = await readyPod()
      await remove('web', FORCE)
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WITHIN)
    })
  })

  describe('what a process kubelet cannot run', () => {
    test('stays waiting, with a message that says what to change', async () => {
      const problems: Error[] = []
      await start({ onProblem: (problem) => problems.push(problem) })
      await create(PODS, podOf('image-only', { name: 'main', image: 'nginx' }))
      await vi.waitFor(async () => {
        expect((await onlyPod()).status.containerStatuses[0]?.state.waiting).toEqual({
          reason: 'CreateContainerConfigError',
          message: expect.stringContaining('container main has no command'),
        })
      }, WITHIN)
      expect(problems.map(({ message }) => message)).toEqual([`pod default/image-only can't be run`])
    })

    test('stays Pending when the node is full, and is bound when there is room', async () => {
      await start({ maxPods: 1 })
      await create(PODS, podOf('first', httpContainer()))
      await vi.waitFor(async () => expect(isReady(await onlyPod())).toBe(true), WITHIN)
      await create(PODS, podOf('second', httpContainer()))
      await create(PODS, podOf('elsewhere', httpContainer(), { schedulerName: 'another' }))
      await remove('first')
      await vi.waitFor(async () => {
        const ready = (await pods()).map((pod) => [pod.metadata.name, isReady(pod)])
        expect(Object.fromEntries(ready)).toEqual({ second: true, elsewhere: false })
      }, WITHIN)
      await remove('elsewhere', FORCE)
    })
  })

  describe('the end of the kubelet', () => {
    test('is the end of every process, while the pods stay as they were', async () => {
      const kubelet = await start()
      await create(PODS, podOf('web', httpContainer()))
      const { pid } = await readyPod()
      await kubelet.stop()
      expect(isAlive(pid)).toBe(false)
      expect(isReady(await onlyPod())).toBe(true)
    })
  })
}
