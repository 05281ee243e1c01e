// Never too many pods out, counted in a fresh read: at most the share that the Guard allows, and never so many that too few are well.
import type { Interlock } from '../../model/command.ts'
import { objectionToEject, placesOf } from '../../model/ejection.ts'
import { allow, veto } from './ruling.ts'

const NAME = 'ejection-cap'

/** Fails closed: without a count, or a cap, nothing is taken out. */
export const ejectionCap: Interlock = (_command, proposal, { pods, maxEjected }) => {
  if (proposal.remedy !== 'isolate' || proposal.direction === 'down') return allow(NAME, 'no pod is taken out')
  if (pods?.kind !== 'read' || maxEjected === undefined) return veto(NAME, 'it is not known how many pods are out')
  const places = placesOf(pods.value.map(({ pod }) => pod))
  const objection = objectionToEject(places, maxEjected)
  return objection === undefined
    ? allow(NAME, `${places.out} of ${places.serving} pods are out, and ${places.well} are well`)
    : veto(NAME, objection)
}
