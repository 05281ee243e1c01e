// A fresh read of the Features must confirm that they may be switched: the tier, what holds now, and the will of a person.
import type { Interlock } from '../../model/command.ts'
import { isHeldBy, objectionToShed } from '../../model/demand.ts'
import type { StoredFeature } from '../../model/feature.ts'
import { allow, reduce, veto } from './ruling.ts'

const NAME = 'feature'

/** Those of a step that may not be switched are left out of it; a step of which nothing is left is vetoed. */
export const feature: Interlock = (command, proposal, { features, guard, now }) => {
  if (proposal.remedy !== 'degrade' || command.kind !== 'feature') return allow(NAME, 'no feature is switched')
  if (guard === undefined) return veto(NAME, 'it is not known for whom')
  if (features === undefined || features.kind === 'unread')
    return veto(NAME, `the features could not be read${features === undefined ? '' : `: ${features.why}`}`)
  const { value } = features
  const objections = proposal.features.flatMap((name) => {
    const read = value.find((one) => one.name === name)
    const why = read === undefined ? 'is gone' : objectionTo(read, guard, proposal.direction, now)
    return why === undefined ? [] : [{ name, why }]
  })
  if (objections.length === 0) return allow(NAME, 'a fresh read shows them as they were')
  const said = objections.map(({ name, why }) => `${name} ${why}`).join(', ')
  const left = command.features.filter(({ name }) => !objections.some((one) => one.name === name))
  return left.length === 0 ? veto(NAME, said) : reduce(NAME, `without those: ${said}`, { ...command, features: left })
}

function objectionTo(read: StoredFeature, guard: string, direction: 'up' | 'down', now: number): string | undefined {
  if (direction === 'up') return objectionToShed(read, guard, now)
  return isHeldBy(guard, read) ? undefined : 'is not held any more'
}
