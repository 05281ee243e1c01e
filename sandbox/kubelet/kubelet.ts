// The process kubelet: a node whose pods are child processes, each on its own loopback address.

import { connectApi } from '../kube/api.ts'
import { type FollowHandler, follow } from '../kube/follow.ts'
import { type Endpoint, readKubeconfig } from '../kube/kubeconfig.ts'
import { createTemporaryFolder } from '../processes/temporary-folder.ts'
import { createAddresses } from './addresses.ts'
import { createBinder } from './binder.ts'
import { type CrashBackoff, KUBERNETES_BACKOFF } from './crash-backoff.ts'
import { registerNode } from './node.ts'
import { isFinished, isTerminating, type Pod, parsePod } from './objects.ts'
import { type PodProcess, type PodRunner, runPod } from './pod-runner.ts'

const USER_AGENT = 'evenkeel-process-kubelet'
const STOP_GRACE_MS = 2_000
const KUBERNETES_MAX_PODS = 110

export interface KubeletOptions {
  /** Path of a kubeconfig, or how to reach the API server. */
  readonly cluster: string | Endpoint
  readonly nodeName: string
  /** Of the Node, for nodeSelectors. */
  readonly labels?: Readonly<Record<string, string>>
  /** Pods beyond it stay Pending; default 110. */
  readonly maxPods?: number
  /** Where relative working folders start; default: our own working folder. */
  readonly rootFolder?: string
  /** First two numbers of the pods' addresses, within 127/8; default 127.1. Kubelets may share a range. */
  readonly addressRange?: string
  /** Pauses between restarts; default: those of Kubernetes. */
  readonly backoff?: CrashBackoff
  /** Hears of what went wrong; the kubelet goes on by itself. Default: one line on stderr. */
  readonly onProblem?: (problem: Error) => void
}

export interface Kubelet {
  /**
   * Ends every process (SIGTERM, SIGKILL 2 s later) and disconnects. The pods' objects stay as they are, as when a node
   * loses power.
   */
  stop(): Promise<void>
  /** The process of a pod's first container; undefined when it doesn't run here. */
  podProcess(namespace: string, name: string): PodProcess | undefined
}

/**
 * Registers the node, takes on the pods that are there, and resolves. Throws when the API server refuses or doesn't
 * answer; later outages are survived: processes go on, and their state is written when the API server is back.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { nodeName, labels = {}, maxPods = KUBERNETES_MAX_PODS, onProblem = warn } = options
  const api = connectApi(
    typeof options.cluster === 'string' ? readKubeconfig(options.cluster) : options.cluster,
    USER_AGENT,
  )
  const logs = createTemporaryFolder('evenkeel-kubelet-')
  const stopping = new AbortController()
  const { signal } = stopping
  const runners = new Map<string, { readonly pod: Pod; readonly runner: PodRunner }>()
  /** Those too whose pod is gone while their processes still end. */
  const alive = new Set<PodRunner>()
  const binder = createBinder({ api, nodeName, labels, maxPods, signal, onProblem })
  const podOptions = {
    api,
    addresses: createAddresses(options.addressRange),
    logFolder: logs.path,
    rootFolder: options.rootFolder ?? process.cwd(),
    backoff: options.backoff ?? KUBERNETES_BACKOFF,
    onProblem,
    signal,
  }

  function see(pod: Pod): void {
    binder.see(pod)
    if (pod.spec.nodeName !== nodeName) return
    const { uid } = pod.metadata
    const known = runners.get(uid)
    if (known !== undefined) known.runner.update(pod)
    else if (isTerminating(pod) || !isFinished(pod)) runners.set(uid, { pod, runner: run(pod) })
  }

  function run(pod: Pod): PodRunner {
    const runner = runPod(pod, podOptions)
    alive.add(runner)
    void runner.ended.then(() => alive.delete(runner))
    return runner
  }

  /** Deleted by force, or by our own confirmation: whatever still runs has no pod any more. */
  function forget(uid: string): void {
    runners.get(uid)?.runner.kill(0)
    runners.delete(uid)
    binder.forget(uid)
  }

  const listed = Promise.withResolvers<void>()
  const handler: FollowHandler<Pod> = {
    onList(pods) {
      const there = new Set(pods.map((pod) => pod.metadata.uid))
      for (const uid of new Set([...runners.keys(), ...binder.known()])) if (!there.has(uid)) forget(uid)
      pods.forEach(see)
      listed.resolve()
    },
    onChange: see,
    onGone: (pod) => forget(pod.metadata.uid),
    onProblem,
  }

  try {
    await registerNode(api, { name: nodeName, labels, maxPods })
  } catch (cause) {
    await api.close()
    await logs.remove()
    throw new Error(`could not register node ${nodeName}`, { cause })
  }
  const following = follow(api, { path: '/api/v1/pods', read: parsePod }, handler, signal)
  await listed.promise

  return {
    podProcess(namespace, name) {
      for (const { pod, runner } of runners.values()) {
        const found = pod.metadata.namespace === namespace && pod.metadata.name === name ? runner.process() : undefined
        if (found !== undefined) return found
      }
      return undefined
    },
    async stop() {
      stopping.abort()
      await following
      for (const runner of alive) runner.kill(STOP_GRACE_MS)
      await Promise.all([...alive].map(({ ended }) => ended))
      await api.close()
      await logs.remove()
    },
  }
}

function warn(problem: Error): void {
  console.warn(`kubelet: ${problem.message}${problem.cause instanceof Error ? `: ${problem.cause.message}` : ''}`)
}
