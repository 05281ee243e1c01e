// When an autoscaler owns the replicas, its minimum is raised in place of writing beside it: two writers would fight.
import type { Autoscaler, Command, Interlock } from '../../model/command.ts'
import type { RaisedMinimum } from '../../model/guard-status.ts'
import { allow, reduce, veto } from './ruling.ts'

const NAME = 'another-owner'

export const anotherOwner: Interlock = (command, proposal, { autoscalers, raisedMinimum }) => {
  if (autoscalers.kind === 'unread') return veto(NAME, `the autoscalers could not be read: ${autoscalers.why}`)
  const [owner, second] = autoscalers.value
  if (owner === undefined) return allow(NAME, 'no autoscaler owns the replicas')
  if (second !== undefined)
    return veto(NAME, `${nameOf(owner)} and ${nameOf(second)} both own the replicas: remove one`)
  return proposal.direction === 'up' ? raise(command, owner) : giveBack(command, owner, raisedMinimum)
}

function raise(command: Command, owner: Autoscaler) {
  const to = Math.min(command.to, owner.maximum)
  if (to <= owner.minimum)
    return veto(
      NAME,
      `${nameOf(owner)} owns the replicas, and its minimum is ${owner.minimum} with a maximum of ${owner.maximum} already`,
    )
  const capped = to < command.to ? ` (its maximum; ${command.to} are wanted)` : ''
  return reduce(
    NAME,
    `${nameOf(owner)} owns the replicas: its minimum is raised from ${owner.minimum} to ${to}${capped}`,
    write(owner, to),
  )
}

function giveBack(command: Command, owner: Autoscaler, raised: RaisedMinimum | undefined) {
  if (raised === undefined || raised.kind !== owner.kind || raised.name !== owner.name)
    return veto(NAME, `${nameOf(owner)} owns the replicas and takes them back itself`)
  const to = Math.max(raised.original, Math.min(command.to, owner.minimum))
  if (to >= owner.minimum)
    return veto(NAME, `${nameOf(owner)} owns the replicas, and its minimum is ${owner.minimum} as it was`)
  return reduce(
    NAME,
    `${nameOf(owner)} owns the replicas: its minimum is lowered from ${owner.minimum} to ${to}`,
    write(owner, to),
  )
}

function write({ kind, namespace, name, minimum, resourceVersion }: Autoscaler, to: number): Command {
  return { kind: 'raiseMinimum', autoscaler: { kind, namespace, name }, from: minimum, to, resourceVersion }
}

function nameOf({ kind, name }: Autoscaler): string {
  return `${kind} ${name}`
}
