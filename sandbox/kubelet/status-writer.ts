// Writes one pod's status to the API server: the newest only, one at a time, again and again until it is there.
import { type Api, isOldNews } from '../kube/api.ts'
import { untilDone } from '../kube/retry.ts'
import { type Pod, pathOf } from './objects.ts'
import type { PodStatusPatch } from './pod-status.ts'

export interface StatusWriter {
  /** Hands over the newest status; returns at once. Does nothing when it says what was written last. */
  write(status: PodStatusPatch): void
  /** Resolves when nothing is left to be written. */
  flushed(): Promise<void>
}

/** `signal` gives up what is left; `onProblem` hears of refusals and of the first failure of a streak. */
export function createStatusWriter(
  api: Api,
  pod: Pod,
  signal: AbortSignal,
  onProblem: (problem: Error) => void,
): StatusWriter {
  let wanted = ''
  let written = ''
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    while (wanted !== written && !signal.aborted) {
      await untilDone(send, signal, (cause) => onProblem(problem('could not write yet; trying on', cause)))
    }
  }

  /** Reads what is wanted anew at each try: while the API server was away, it may have changed. */
  async function send(): Promise<void> {
    const text = wanted
    await api.request(
      {
        method: 'PATCH',
        path: `${pathOf(pod)}/status`,
        // The uid refuses the write when another pod has taken the name.
        body: { metadata: { uid: pod.metadata.uid }, status: JSON.parse(text) },
        contentType: 'application/strategic-merge-patch+json',
      },
      signal,
    )
    written = text
  }

  function failed(cause: unknown): void {
    if (signal.aborted) return
    if (!isOldNews(cause)) onProblem(problem('was refused', cause))
  }

  function problem(what: string, cause: unknown): Error {
    return new Error(`status of pod ${pod.metadata.namespace}/${pod.metadata.name} ${what}`, { cause })
  }

  return {
    write(status) {
      const text = JSON.stringify(status)
      if (text === wanted) return
      wanted = text
      writing ??= writeAll()
        .catch(failed)
        .finally(() => {
          writing = undefined
        })
    },
    async flushed() {
      await writing
    },
  }
}
