// Faults that live in pods: told to each, kept up in those that come later, and taken back from all that were told.
import { setTimeout as sleep } from 'node:timers/promises'
import type { PodFault } from '../shop/common/faults.ts'
import type { Hold } from './hold.ts'

export interface PodPlace {
  readonly name: string
  readonly uid: string
  readonly ip: string
}

export interface PodAccess {
  /** The ready pods with this label app.kubernetes.io/name. */
  readonly podsOf: (app: string) => Promise<readonly PodPlace[]>
  /** Where pods serve. */
  readonly ports: { readonly http: number; readonly metrics: number }
  /** The FAULT_TOKEN that the pods were started with. */
  readonly token: string
}

const CALL_TIMEOUT_MS = 1_000
const UNDO_ATTEMPTS = 10
const UNDO_RETRY_MS = 200

/** In all ready pods of an app, also those that come later. */
export function onEveryPod(access: PodAccess, app: string, fault: PodFault): Hold {
  return onPods(access, fault, () => access.podsOf(app))
}

/** In one pod, for as long as that pod is there, or only for `lastsMs`: its successor is healthy. */
export function onOnePod(access: PodAccess, app: string, fault: PodFault, lastsMs = Number.POSITIVE_INFINITY): Hold {
  let chosen: PodPlace | undefined
  let until: number | undefined
  const hold = onPods(access, fault, async () => {
    const pods = await access.podsOf(app)
    chosen ??= pods[0]
    if (chosen !== undefined) until ??= performance.now() + lastsMs
    return pods.filter(({ uid }) => uid === chosen?.uid)
  })
  return {
    keep: () => (until !== undefined && performance.now() >= until ? hold.undo() : hold.keep()),
    undo: hold.undo,
  }
}

function onPods({ token, ports }: PodAccess, fault: PodFault, podsNow: () => Promise<readonly PodPlace[]>): Hold {
  const told = new Map<string, PodPlace>()
  return {
    async keep() {
      await Promise.all(
        (await podsNow()).map(async (pod) => {
          // Before it is told: an answer that got lost must not leave it with the fault.
          told.set(pod.uid, pod)
          await tell(pod, ports.metrics, token, fault)
        }),
      )
    },
    async undo() {
      await Promise.all([...told.values()].map((pod) => release(pod, ports.metrics, token)))
      told.clear()
    },
  }
}

/** A pod that is gone, or whose process is, has no fault any more. */
async function release(pod: PodPlace, port: number, token: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tell(pod, port, token, { kind: 'none' })
    } catch (cause) {
      if (attempt === UNDO_ATTEMPTS)
        throw new Error(`pod ${pod.name} may still have its fault: delete it to be sure`, { cause })
      await sleep(UNDO_RETRY_MS)
    }
  }
}

/** Does nothing when nobody listens there. */
async function tell(pod: PodPlace, port: number, token: string, fault: PodFault): Promise<void> {
  let response: Response
  try {
    response = await fetch(`http://${pod.ip}:${port}/fault`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(fault),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    })
  } catch (error) {
    if (isNobodyThere(error)) return
    throw error
  }
  const text = await response.text()
  if (!response.ok) throw new Error(`pod ${pod.name} refused the fault: ${response.status} ${text}`)
}

function isNobodyThere(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}
