// Keeps objects of ours as they should be: what has changed is applied soon, all of it now and then, and what is no longer wanted is deleted.
import type { Clock } from '../model/clock.ts'
import { KubeError } from '../model/errors.ts'
import type { Milliseconds } from '../model/units.ts'
import { applyObject } from './apply.ts'
import type { KubeClient } from './client.ts'
import { type JsonObject, textAt } from './json.ts'
import { deleteObject, listObjects } from './objects.ts'
import type { ResourceType } from './resource-type.ts'

export interface WantedObject {
  /** Changes when the object would. */
  readonly version: string
  /** Made, with name, namespace and our label, only when it is to be applied; undefined leaves what is there as it is. */
  readonly make: () => JsonObject | undefined
}

export interface KeepObjectsDeps {
  readonly client: KubeClient
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly type: ResourceType
  /** Where they are. */
  readonly namespace: string
  /** A label that every one of them has: what has it and is not wanted is deleted. */
  readonly ours: { readonly label: string; readonly value: string }
  /** By name. */
  readonly wanted: () => ReadonlyMap<string, WantedObject>
  readonly isLeading: () => boolean
  readonly onProblem: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Which version of each was applied, by name, so that only what has changed is made anew and asked of the API server. */
export interface Kept {
  readonly versions: Map<string, string>
  sweptAt: Milliseconds
}

const LOOK_EVERY_MS: Milliseconds = 5_000
/** Then all are applied again, in case someone has changed or deleted one. */
const SWEEP_EVERY_MS: Milliseconds = 600_000

export function nothingKept(): Kept {
  return { versions: new Map(), sweptAt: Number.NEGATIVE_INFINITY }
}

/** Runs while this replica leads, until the signal aborts. */
export async function keepObjects(deps: KeepObjectsDeps): Promise<void> {
  const kept = nothingKept()
  while (!deps.signal.aborted) {
    try {
      if (deps.isLeading()) await keepOnce(deps, kept)
      else kept.sweptAt = Number.NEGATIVE_INFINITY
    } catch (error) {
      if (!deps.signal.aborted) deps.onProblem(error)
    }
    await deps.clock.sleep(LOOK_EVERY_MS, deps.signal).catch(() => {})
  }
}

/** Throws KubeError, but for an object that is not accepted: that is told, and the others go on. */
export async function keepOnce(deps: KeepObjectsDeps, kept: Kept): Promise<void> {
  const { client, clock, type, namespace, ours, signal, isLeading } = deps
  const wanted = deps.wanted()
  const isSweep = clock.monotonic() - kept.sweptAt >= SWEEP_EVERY_MS
  if (isSweep) kept.versions.clear()
  for (const [name, { version, make }] of wanted) {
    if (kept.versions.get(name) === version) continue
    if (!isLeading()) return
    const object = make()
    try {
      if (object !== undefined) await applyObject(client, type, object, { force: true, signal })
    } catch (error) {
      // One that is not accepted is in the way of no other, and is tried again when it changes, or with all.
      if (!isOwnFault(error)) throw error
      deps.onProblem(error)
    }
    kept.versions.set(name, version)
  }
  const isOneGone = [...kept.versions.keys()].some((name) => !wanted.has(name))
  if (isSweep || isOneGone) {
    if (!isLeading()) return
    for (const name of kept.versions.keys()) if (!wanted.has(name)) kept.versions.delete(name)
    const labelSelector = `${ours.label}=${ours.value}`
    for (const found of await listObjects(client, type, { namespace, labelSelector }, { signal })) {
      const name = textAt(found, 'metadata', 'name')
      if (name === undefined || wanted.has(name) || !isLeading()) continue
      await deleteObject(client, type, { namespace, name }, { signal })
    }
  }
  if (isSweep && isLeading()) kept.sweptAt = clock.monotonic()
}

/** The API server does not take this object, though it would take others. */
function isOwnFault(error: unknown): boolean {
  return error instanceof KubeError && [400, 413, 422].includes(error.status)
}
