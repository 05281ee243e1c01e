// Our own controllers and the process kubelet on a Kubernetes API of the caller's choice, for one test file.
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { z } from 'zod'
import { type Api, connectApi } from '../../../sandbox/kube/api.ts'
import type { Endpoint } from '../../../sandbox/kube/kubeconfig.ts'
import { createStore, type Store } from '../../../sandbox/kube/store.ts'
import { type Kubelet, startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import {
  type AnyObject,
  createPathOf,
  type Deployment,
  isActive,
  isReady,
  type Pod,
  parseAny,
  parseDeployment,
  parsePod,
  parseReplicaSet,
  parseStatefulSet,
  pathOf,
  type Resource,
} from '../../../sandbox/workloads/objects.ts'
import { startWorkloads, type Workloads } from '../../../sandbox/workloads/workloads.ts'
import { HTTP_PORT } from '../../cluster/http-pod.ts'
import { isAlive } from '../../is-alive.ts'

export const WITHIN = { timeout: 30_000, interval: 20 }
const NAMESPACE = 'default'

/** A Kubernetes API without controllers of its own for Deployments, ReplicaSets and garbage. */
export interface Subject {
  readonly endpoint: Endpoint
  stop(): Promise<void>
}

const LIST = z.object({ items: z.array(z.unknown()) })
const OWNED_LAST: readonly Resource[] = ['deployments', 'statefulsets', 'replicasets', 'pods']
const FORCE = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Background' }

/** Registers vitest's hooks. After each test nothing is left: no object, no process. */
export function workloadsRig(startSubject: () => Promise<Subject>) {
  let subject: Subject
  let api: Api
  let kubelet: Kubelet
  let workloads: Workloads
  let watching: AbortController
  let seen: Store<Pod>
  const pids = new Set<number>()
  const problems: Error[] = []

  beforeAll(async () => {
    subject = await startSubject()
    api = connectApi(subject.endpoint)
  })

  beforeEach(async () => {
    watching = new AbortController()
    problems.length = 0
    const onProblem = (problem: Error) => void problems.push(problem)
    workloads = await startWorkloads({ api, onProblem })
    kubelet = await startKubelet({
      cluster: subject.endpoint,
      nodeName: 'node-1',
      backoff: { firstMs: 100, longestMs: 1_000, forgetAfterMs: 60_000 },
      onProblem,
    })
    seen = createStore(api, { path: '/api/v1/pods', read: parsePod }, { signal: watching.signal, onProblem })
    await seen.synced
  })

  afterEach(async () => {
    for (const resource of OWNED_LAST) {
      for (const { metadata } of await list(resource, parseAny)) {
        await api.request({ method: 'DELETE', path: pathOf(resource, metadata), body: FORCE }).catch(() => {})
      }
      await vi.waitFor(async () => expect(await list(resource, parseAny)).toEqual([]), WITHIN)
    }
    watching.abort()
    await workloads.stop()
    await kubelet.stop()
    await seen.ended
    expect([...pids].filter(isAlive)).toEqual([])
    pids.clear()
    expect(problems).toEqual([])
  })

  afterAll(async () => {
    await api?.close()
    await subject?.stop()
  })

  async function list<T>(resource: Resource, parse: (object: unknown) => T): Promise<T[]> {
    const answer = await api.request({ method: 'GET', path: createPathOf(resource, NAMESPACE) })
    return LIST.parse(answer).items.map(parse)
  }

  const pods = async () => (await list('pods', parsePod)).filter(isActive)
  const replicaSets = () => list('replicasets', parseReplicaSet)

  async function deployment(name = 'web'): Promise<Deployment> {
    return parseDeployment(
      await api.request({ method: 'GET', path: pathOf('deployments', { namespace: NAMESPACE, name }) }),
    )
  }

  async function statefulSet(name = 'web') {
    const path = pathOf('statefulsets', { namespace: NAMESPACE, name })
    return parseStatefulSet(await api.request({ method: 'GET', path }))
  }

  const create = (resource: Resource, body: object) =>
    api.request({ method: 'POST', path: createPathOf(resource, NAMESPACE), body })

  async function patch(resource: Resource, name: string, body: object): Promise<AnyObject> {
    const path = pathOf(resource, { namespace: NAMESPACE, name })
    return parseAny(await api.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }))
  }

  const remove = (resource: Resource, name: string, options: object = {}) =>
    api.request({ method: 'DELETE', path: pathOf(resource, { namespace: NAMESPACE, name }), body: options })

  /** Waits until there are exactly `count` active pods, all ready. */
  function readyPods(count: number): Promise<Pod[]> {
    return vi.waitFor(async () => {
      const found = await pods()
      expect(found.map(isReady)).toEqual(Array(count).fill(true))
      return found
    }, WITHIN)
  }

  /** Waits until the Deployment says that all its pods are of its template and available. */
  function rolledOut(name = 'web'): Promise<Deployment> {
    return vi.waitFor(async () => {
      const found = await deployment(name)
      const { replicas } = found.spec
      expect(found.status).toMatchObject({
        observedGeneration: found.metadata.generation,
        replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        unavailableReplicas: 0,
      })
      return found
    }, WITHIN)
  }

  function pidOf(name: string): number {
    const running = kubelet.podProcess(NAMESPACE, name)
    if (running === undefined) throw new Error(`pod ${name} has no process`)
    pids.add(running.pid)
    return running.pid
  }

  return {
    list,
    pods,
    replicaSets,
    deployment,
    statefulSet,
    create,
    patch,
    remove,
    readyPods,
    rolledOut,
    pidOf,
    /** All pods as a watch sees them, from before the test's first act. */
    seen: () => seen,
  }
}

/** The body of a pod's answer. */
export async function ask({ status }: Pod): Promise<string> {
  const response = await request(`http://${status.podIP}:${HTTP_PORT}/`, { signal: AbortSignal.timeout(5_000) })
  return response.body.text()
}
