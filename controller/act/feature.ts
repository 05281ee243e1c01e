// Switches one Feature off or on for a Guard: one entry of its status, with the version that was read.
import { patchStatus } from '../kube/apply.ts'
import type { KubeClient } from '../kube/client.ts'
import { projectFeature } from '../kube/feature.ts'
import { isConflict } from '../kube/kube-errors.ts'
import { findObject } from '../kube/objects.ts'
import { FEATURES, type NamespacedName } from '../kube/resource-type.ts'
import { demandPatch, isHeldBy, objectionToShed } from '../model/demand.ts'
import type { Demand, StoredFeature } from '../model/feature.ts'
import type { EpochMs } from '../model/units.ts'

/** Others write the same status: the leader's own loop, and other Guards. */
const MOST_TRIES = 4

export type Switched = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly why: string }

/**
 * Makes a Guard's demand, or ends it when there is none. When the Feature changed since it was read it is read and judged
 * anew: what a person has overridden meanwhile is let be. Throws KubeError; 409 when it keeps changing.
 */
export async function switchFeature(
  client: KubeClient,
  ref: NamespacedName,
  guard: string,
  demand: Demand | undefined,
  now: () => EpochMs,
): Promise<Switched> {
  for (let tries = 1; ; tries++) {
    const feature = await readFeature(client, ref)
    const isWanted = demand !== undefined
    if (feature === undefined) return isWanted ? { kind: 'refused', why: 'it is gone' } : { kind: 'done' }
    if (!isWanted && !isHeldBy(guard, feature)) return { kind: 'done' }
    const objection = isWanted ? objectionToShed(feature, guard, now()) : undefined
    if (objection !== undefined) return { kind: 'refused', why: `it ${objection}` }
    const { resourceVersion } = feature
    try {
      await patchStatus(client, FEATURES, ref, demandPatch(feature, guard, demand, now()), { resourceVersion })
      return { kind: 'done' }
    } catch (error) {
      if (!isConflict(error) || tries >= MOST_TRIES) throw error
    }
  }
}

/** Read fresh; undefined when it is gone. Throws KubeError. */
export async function readFeature(client: KubeClient, ref: NamespacedName): Promise<StoredFeature | undefined> {
  const raw = await findObject(client, FEATURES, ref)
  return raw === undefined ? undefined : projectFeature(raw)
}
