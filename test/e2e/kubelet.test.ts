// The process kubelet on the real control plane: Deployments become processes that answer, crash, drain and end.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type Api, connectApi } from '../../sandbox/kubelet/api.ts'
import { readKubeconfig } from '../../sandbox/kubelet/kubeconfig.ts'
import { type Kubelet, type KubeletOptions, startKubelet } from '../../sandbox/kubelet/kubelet.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { FAREWELL, HTTP_PORT, httpContainer, httpDeployment, podOf } from '../cluster/http-pod.ts'

const WITHIN = { timeout: 30_000, interval: 50 }
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const PODS = '/api/v1/namespaces/default/pods'
const QUICK_BACKOFF = { firstMs: 100, longestMs: 1_000, forgetAfterMs: 60_000 }
const FORCE = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }

const POD_LIST = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        phase: z.string(),
        podIP: z.string().optional(),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        containerStatuses: z
          .array(
            z.object({
              ready: z.boolean(),
              restartCount: z.number(),
              state: z.object({ waiting: z.object({ reason: z.string(), message: z.string().optional() }).optional() }),
              lastState: z.object({ terminated: z.object({ exitCode: z.number() }).optional() }),
            }),
          )
          .default([]),
      }),
    }),
  ),
})

let cluster: ControlPlane
let api: Api
let kubelet: Kubelet | undefined
/** Every process that was seen, to look for survivors. */
const pids = new Set<number>()

beforeAll(async () => {
  cluster = await startControlPlane()
  api = connectApi(readKubeconfig(cluster.kubeconfig))
})

afterEach(async () => {
  for (const kind of [DEPLOYMENTS, PODS])
    await api.request({ method: 'DELETE', path: kind, body: { ...FORCE, gracePeriodSeconds: 1 } })
  await vi.waitFor(async () => expect(await pods()).toEqual([]), WITHIN)
  await kubelet?.stop()
  kubelet = undefined
  expect([...pids].filter(isAlive)).toEqual([])
  pids.clear()
})

afterAll(async () => {
  await api?.close()
  await cluster?.stop()
})

async function start(options: Partial<KubeletOptions> = {}): Promise<Kubelet> {
  kubelet = await startKubelet({ cluster: cluster.kubeconfig, nodeName: 'node-1', backoff: QUICK_BACKOFF, ...options })
  return kubelet
}

const create = (path: string, body: object) => api.request({ method: 'POST', path, body })
const remove = (name: string, options: object = {}) =>
  api.request({ method: 'DELETE', path: `${PODS}/${name}`, body: options })

async function scale(name: string, replicas: number): Promise<void> {
  const contentType = 'application/merge-patch+json'
  await api.request({
    method: 'PATCH',
    path: `${DEPLOYMENTS}/${name}/scale`,
    body: { spec: { replicas } },
    contentType,
  })
}

async function pods() {
  return POD_LIST.parse(await api.request({ method: 'GET', path: PODS })).items
}

type ListedPod = Awaited<ReturnType<typeof pods>>[number]
const isReady = ({ status }: ListedPod) =>
  status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')

/** Waits until there are exactly `count` pods, all ready; notes their processes. */
async function readyPods(count: number) {
  const all = await vi.waitFor(async () => {
    const found = await pods()
    expect(found.map(isReady)).toEqual(Array(count).fill(true))
    return found
  }, WITHIN)
  return all.map((pod) => {
    const { name } = pod.metadata
    const running = processOf(name)
    return { name, pid: running.pid, address: running.address, pod }
  })
}

async function onlyPod() {
  const [pod] = await pods()
  if (pod === undefined) throw new Error('there is no pod')
  return pod
}

function processOf(name: string) {
  const running = kubelet?.podProcess('default', name)
  if (running === undefined) throw new Error(`pod ${name} has no process`)
  pids.add(running.pid)
  return running
}

async function ask(address: string, path = '/'): Promise<string> {
  const response = await request(`http://${address}:${HTTP_PORT}${path}`, { signal: AbortSignal.timeout(5_000) })
  return response.body.text()
}

function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}

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
    const [last] = await readyPods(1)
    await vi.waitFor(() => expect([...pids].filter(isAlive)).toEqual([last?.pid]), WITHIN)
  })
})

describe('a process that ends', () => {
  test('is started again after kill -9, and the restart is counted', async () => {
    await start()
    await create(PODS, podOf('web', httpContainer()))
    const [before] = await readyPods(1)
    process.kill(before?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(async () => {
      const { status } = await onlyPod()
      expect(status.containerStatuses[0]).toMatchObject({
        ready: true,
        restartCount: 1,
        lastState: { terminated: { exitCode: 137 } },
      })
    }, WITHIN)
    const [after] = await readyPods(1)
    expect(after?.pid).not.toBe(before?.pid)
    expect(after?.address).toBe(before?.address)
    expect(await ask(after?.address ?? '')).toBe('web')
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
    const [{ address = '', pid = 0 } = {}] = await readyPods(1)
    await ask(address, '/unready')
    await vi.waitFor(async () => expect(isReady(await onlyPod())).toBe(false), WITHIN)
    await ask(address, '/readied')
    expect((await readyPods(1)).map((one) => one.pid)).toEqual([pid])
  })

  test('waits for the readiness gates, and leaves the conditions of others as they are', async () => {
    await start()
    const gate = 'example.dev/allowed'
    await create(PODS, podOf('gated', httpContainer(), { readinessGates: [{ conditionType: gate }] }))
    await vi.waitFor(async () => expect((await onlyPod()).status.containerStatuses[0]?.ready).toBe(true), WITHIN)
    expect(isReady(await onlyPod())).toBe(false)
    const setGate = (status: string) =>
      api.request({
        method: 'PATCH',
        path: `${PODS}/gated/status`,
        body: { status: { conditions: [{ type: gate, status }] } },
        contentType: 'application/strategic-merge-patch+json',
      })
    await setGate('True')
    const [{ pod } = {}] = await readyPods(1)
    expect(pod?.status.conditions).toContainEqual({ type: gate, status: 'True' })
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
    const [{ address = '', pid = 0 } = {}] = await readyPods(1)
    await ask(address, '/unready')
    await vi.waitFor(async () => expect((await onlyPod()).status.containerStatuses[0]?.restartCount).toBe(1), WITHIN)
    expect((await readyPods(1)).map((one) => one.pid)).not.toContain(pid)
  })
})

describe('a deleted pod', () => {
  test('is asked to end, ends by itself, and goes away only then', async () => {
    await start()
    await create(PODS, podOf('web', httpContainer(), { terminationGracePeriodSeconds: 25 }))
    await readyPods(1)
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
    await readyPods(1)
    const { logFile, pid } = processOf('deaf')
    await vi.waitUntil(() => readFileSync(logFile, 'utf8').includes('up'), WITHIN)
    await remove('deaf')
    await vi.waitFor(async () => expect(await pods()).toEqual([]), WITHIN)
    expect(isAlive(pid)).toBe(false)
  })

  test('loses its process at once when it is deleted by force', async () => {
    await start()
    await create(PODS, podOf('web', httpContainer()))
    const [{ pid = 0 } = {}] = await readyPods(1)
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

describe('an outage', () => {
  test('of the API server leaves the processes running, and what happened meanwhile is made up for', async () => {
    await start({ onProblem: () => {} })
    await create(DEPLOYMENTS, httpDeployment('web', 2))
    const [kept, killed] = await readyPods(2)
    await cluster.stopApiServer()
    process.kill(killed?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(async () => expect(await ask(killed?.address ?? '')).toBe(killed?.name), WITHIN)
    expect(await ask(kept?.address ?? '')).toBe(kept?.name)
    await cluster.startApiServer()
    await vi.waitFor(async () => {
      const counts = (await pods()).map(({ metadata, status }) => [
        metadata.name,
        status.containerStatuses[0]?.restartCount,
      ])
      expect(Object.fromEntries(counts)).toEqual({ [kept?.name ?? '']: 0, [killed?.name ?? '']: 1 })
    }, WITHIN)
    await scale('web', 3)
    expect((await readyPods(3)).map(({ pid }) => pid)).toContain(kept?.pid)
  })

  test('of the kubelet, by kill -9, leaves no process behind; the next one runs the pods again', async () => {
    const script = `
      import { startKubelet } from ${JSON.stringify(new URL('../../sandbox/kubelet/kubelet.ts', import.meta.url).pathname)}
      const kubelet = await startKubelet({ cluster: ${JSON.stringify(cluster.kubeconfig)}, nodeName: 'node-1' })
      process.on('message', () => process.send(kubelet.podProcess('default', 'web') ?? null))`
    const other = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await create(PODS, podOf('web', httpContainer()))
    await vi.waitFor(async () => expect(isReady(await onlyPod())).toBe(true), WITHIN)
    const reply = new Promise((resolve) => other.once('message', resolve))
    other.send('where?')
    const { pid } = z.object({ pid: z.number() }).parse(await reply)
    expect(isAlive(pid)).toBe(true)
    other.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WITHIN)

    await start()
    await vi.waitFor(async () => {
      expect((await onlyPod()).status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 })
    }, WITHIN)
    expect(await ask(processOf('web').address)).toBe('web')
  })
})
