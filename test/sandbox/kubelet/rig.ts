// The process kubelet on a cluster of its own, for one test file: helpers, and cleaning up after each test.
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import { z } from 'zod'
import { type Api, connectApi } from '../../../sandbox/kube/api.ts'
import type { Endpoint } from '../../../sandbox/kube/kubeconfig.ts'
import { type Kubelet, type KubeletOptions, startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { HTTP_PORT } from '../../cluster/http-pod.ts'
import { isAlive } from '../../is-alive.ts'

export const WITHIN = { timeout: 30_000, interval: 50 }
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
export const PODS = '/api/v1/namespaces/default/pods'
const QUICK_BACKOFF = { firstMs: 100, longestMs: 1_000, forgetAfterMs: 60_000 }
export const FORCE = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }

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

type ListedPod = z.infer<typeof POD_LIST>['items'][number]

export const isReady = ({ status }: ListedPod) =>
  status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')

/** A Kubernetes API with controllers for Deployments, and without a kubelet. */
export interface Cluster {
  readonly endpoint: Endpoint
  stop(): Promise<void>
}

/** Registers vitest's hooks: a cluster for the file, and after each test no pod, no kubelet and no process is left. */
export function kubeletRig<C extends Cluster>(startCluster: () => Promise<C>) {
  let cluster: C
  let api: Api
  let kubelet: Kubelet | undefined
  /** Every process that was seen, to look for survivors. */
  const pids = new Set<number>()

  beforeAll(async () => {
    cluster = await startCluster()
    api = connectApi(cluster.endpoint)
  })

  afterEach(async () => {
    for (const path of [DEPLOYMENTS, PODS]) await api.request({ method: 'DELETE', path, body: FORCE })
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
    kubelet = await startKubelet({
      cluster: cluster.endpoint,
      nodeName: 'node-1',
      backoff: QUICK_BACKOFF,
      ...options,
    })
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

  async function readyPod() {
    const [one] = await readyPods(1)
    if (one === undefined) throw new Error('there is no ready pod')
    return one
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

  return {
    cluster: () => cluster,
    api: () => api,
    start,
    create,
    remove,
    scale,
    pods,
    readyPods,
    readyPod,
    onlyPod,
    processOf,
  }
}

/** The body of a pod's answer. */
export async function ask(address: string, path = '/'): Promise<string> {
  const response = await request(`http://${address}:${HTTP_PORT}${path}`, { signal: AbortSignal.timeout(5_000) })
  return response.body.text()
}
