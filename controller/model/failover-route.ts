// Which member of a group a Service's selector names.
import { type FailoverGroupSpec, type MemberSpec, selectorOf } from './failover-group.ts'

type Labels = Readonly<Record<string, string>>

/**
 * The member whose labels the selector asks for. A selector may ask for more than that (an `app` beside the pod's name), so
 * long as only one member fits; undefined when it names none, or more than one.
 */
export function memberNamedBy(spec: Pick<FailoverGroupSpec, 'members'>, selector: Labels): string | undefined {
  const exact = spec.members.find((member) => isSelectedBy(member, selector) && sizeOf(member) === countOf(selector))
  if (exact !== undefined) return exact.name
  const [named, another] = spec.members.filter((member) => isSelectedBy(member, selector))
  return another === undefined ? named?.name : undefined
}

function isSelectedBy(member: MemberSpec, selector: Labels): boolean {
  return sizeOf(member) > 0 && Object.entries(selectorOf(member)).every(([key, value]) => selector[key] === value)
}

const countOf = (labels: Labels) => Object.keys(labels).length
const sizeOf = (member: MemberSpec) => countOf(selectorOf(member))
