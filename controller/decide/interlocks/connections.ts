// Never more replicas than a shared server has connections for, with those of a rollout and those that are ending.
import type { Command, ConnectionUse, Interlock } from '../../model/command.ts'
import { mostReplicas, podsOfSurge } from '../connections.ts'
import { allow, reduce, veto } from './ruling.ts'

const NAME = 'connections'

export const connections: Interlock = (command, proposal, { connections: use }) => {
  if (use === undefined) return allow(NAME, 'no budget of connections is declared')
  if (proposal.direction === 'down' || !isOfReplicas(command)) return allow(NAME, 'no connection is added')
  const most = mostReplicas(use)
  if (command.to <= most) return allow(NAME, `${sumOf(use, command.to)} are within ${limitOf(use)}`)
  if (most <= command.from) return veto(NAME, `${sumOf(use, command.to)} would exceed ${limitOf(use)}`)
  return reduce(NAME, `there are connections for ${most} replicas (${sumOf(use, most)} within ${limitOf(use)})`, {
    ...command,
    to: most,
  })
}

function isOfReplicas(command: Command): command is Extract<Command, { kind: 'scale' | 'raiseMinimum' }> {
  return command.kind === 'scale' || command.kind === 'raiseMinimum'
}

function sumOf({ budget, surge, terminating }: ConnectionUse, replicas: number): string {
  const pods = replicas + podsOfSurge(surge, replicas) + terminating
  return `(${replicas} + surge ${podsOfSurge(surge, replicas)} + ending ${terminating}) × ${budget.perReplica} = ${pods * budget.perReplica} connections`
}

function limitOf({ budget: { max, reserved } }: ConnectionUse): string {
  return reserved === 0 ? `${max}` : `${max} − ${reserved} reserved`
}
