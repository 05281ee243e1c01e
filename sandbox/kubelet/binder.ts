// Binds Pending pods to our node: the scheduler's part, with the room on the node as its only measure.
import { type Api, isOldNews } from '../kube/api.ts'
import { untilDone } from '../kube/retry.ts'
import { isFinished, isTerminating, keyOf, type Pod } from './objects.ts'

export interface Binder {
  /** Takes note of a pod as the API server now has it, and binds it when it is for us and there is room. */
  see(pod: Pod): void
  /** Takes note that a pod is gone, and gives its room to one that waits. */
  forget(uid: string): void
  /** All pods that it has taken note of, by uid. */
  known(): readonly string[]
}

export interface BinderOptions {
  readonly api: Api
  readonly nodeName: string
  readonly labels: Readonly<Record<string, string>>
  readonly maxPods: number
  readonly signal: AbortSignal
  readonly onProblem: (problem: Error) => void
}

/** Binds in the order in which pods were seen. Another kubelet may be faster: the server then refuses us, and that is fine. */
export function createBinder({ api, nodeName, labels, maxPods, signal, onProblem }: BinderOptions): Binder {
  const waiting = new Map<string, Pod>()
  /** On our node, or being bound to it. */
  const here = new Set<string>()

  function bindWhatFits(): void {
    for (const [uid, pod] of waiting) {
      if (here.size >= maxPods) return
      waiting.delete(uid)
      here.add(uid)
      void bind(pod)
    }
  }

  async function bind(pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`
    const target = { apiVersion: 'v1', kind: 'Node', name: nodeName }
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target }
    const problem = (cause: unknown) => new Error(`could not bind pod ${keyOf(pod)} to node ${nodeName}`, { cause })
    try {
      await untilDone(
        () => api.request({ method: 'POST', path, body }, signal),
        signal,
        (cause) => onProblem(problem(cause)),
      )
    } catch (error) {
      if (signal.aborted) return
      here.delete(uid)
      if (!isOldNews(error)) onProblem(problem(error))
      bindWhatFits()
    }
  }

  function isForUs({ spec }: Pod): boolean {
    const matches = Object.entries(spec.nodeSelector).every(([name, value]) => labels[name] === value)
    return spec.nodeName === '' && spec.schedulerName === 'default-scheduler' && matches
  }

  return {
    see(pod) {
      const { uid } = pod.metadata
      if (pod.spec.nodeName === nodeName && !isFinished(pod)) here.add(uid)
      if (isFinished(pod)) here.delete(uid)
      if (isForUs(pod) && !isTerminating(pod) && !here.has(uid)) waiting.set(uid, pod)
      else waiting.delete(uid)
      bindWhatFits()
    },
    forget(uid) {
      waiting.delete(uid)
      here.delete(uid)
      bindWhatFits()
    },
    known: () => [...waiting.keys(), ...here],
  }
}
