// What is to be done about an object whose owners are gone or going, and about one that its dependents hold back: pure.
import { type AnyObject, isTerminating, type Owner } from './objects.ts'

/** `waiting`: it is being deleted in the foreground, so its dependents go first. */
export type OwnerState = 'there' | 'gone' | 'waiting'

export const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

export type GarbageAct =
  | { readonly kind: 'none' }
  | { readonly kind: 'delete'; readonly propagationPolicy: 'Background' | 'Foreground' }
  /** Some owners are gone, others are not. */
  | { readonly kind: 'keepOwners'; readonly owners: readonly Owner[] }
  /** Nothing holds it back any more. */
  | { readonly kind: 'removeFinalizer'; readonly finalizer: string }
  /** Its dependents must first be let go. */
  | { readonly kind: 'orphanDependents' }

/** `dependents` are those that name the object as an owner. */
export function planGarbage(
  object: AnyObject,
  stateOf: (owner: Owner) => OwnerState,
  dependents: readonly AnyObject[],
): GarbageAct {
  const { ownerReferences, finalizers, uid } = object.metadata
  if (isTerminating(object)) {
    if (finalizers.includes(ORPHAN)) {
      return dependents.length > 0 ? { kind: 'orphanDependents' } : { kind: 'removeFinalizer', finalizer: ORPHAN }
    }
    if (finalizers.includes(FOREGROUND) && !dependents.some((dependent) => isHeldBackBy(uid, dependent))) {
      return { kind: 'removeFinalizer', finalizer: FOREGROUND }
    }
    return { kind: 'none' }
  }
  if (ownerReferences.length === 0) return { kind: 'none' }
  const states = ownerReferences.map((owner) => stateOf(owner))
  const staying = ownerReferences.filter((_, index) => states[index] === 'there')
  if (staying.length === ownerReferences.length) return { kind: 'none' }
  if (staying.length > 0) return { kind: 'keepOwners', owners: staying }
  const isForeground = states.includes('waiting') && dependents.length > 0
  return { kind: 'delete', propagationPolicy: isForeground ? 'Foreground' : 'Background' }
}

/** Whether the owner has to wait for this dependent. */
function isHeldBackBy(ownerUid: string, { metadata }: AnyObject): boolean {
  return metadata.ownerReferences.some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true)
}
