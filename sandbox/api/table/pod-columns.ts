// The columns of a pod: what its containers are at, in one word.
import { at, type JsonObject, listAt, numberAt, textAt } from '../json.ts'
import { AGE, column, NAME, text, WIDE } from './cells.ts'
import type { Column } from './column.ts'

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  column('Ready', 'string', readyOf),
  column('Status', 'string', podWord),
  column('Restarts', 'integer', restartsOf),
  AGE,
  text('IP', 'status.podIP', WIDE),
  text('Node', 'spec.nodeName', WIDE),
  text('Nominated Node', 'status.nominatedNodeName', WIDE),
  column('Readiness Gates', 'string', gatesOf, WIDE),
]

function statuses(pod: JsonObject): readonly unknown[] {
  return listAt(pod, 'status', 'containerStatuses')
}

function isRunningAndReady(container: unknown): boolean {
  return at(container, 'ready') === true && at(container, 'state', 'running') !== undefined
}

function readyOf(pod: JsonObject): string {
  return `${statuses(pod).filter(isRunningAndReady).length}/${listAt(pod, 'spec', 'containers').length}`
}

function restartsOf(pod: JsonObject): number {
  return statuses(pod).reduce<number>((all, container) => all + (numberAt(container, 'restartCount') ?? 0), 0)
}

/** The STATUS of kubectl get pods. */
export function podWord(pod: JsonObject): string {
  const isOnLostNode = textAt(pod, 'status', 'reason') === 'NodeLost'
  if (textAt(pod, 'metadata', 'deletionTimestamp') !== undefined) return isOnLostNode ? 'Unknown' : 'Terminating'
  const phase = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase') || 'Unknown'
  // The first container has the last word.
  const word =
    statuses(pod)
      .map(containerWord)
      .find((said) => said !== undefined) ?? phase
  if (word !== 'Completed' || !statuses(pod).some(isRunningAndReady)) return word
  return isReady(pod) ? 'Running' : 'NotReady'
}

function containerWord(container: unknown): string | undefined {
  const waiting = textAt(container, 'state', 'waiting', 'reason')
  if (waiting) return waiting
  const ended = at(container, 'state', 'terminated')
  if (ended === undefined) return undefined
  const signal = numberAt(ended, 'signal') ?? 0
  return textAt(ended, 'reason') || (signal === 0 ? `ExitCode:${numberAt(ended, 'exitCode') ?? 0}` : `Signal:${signal}`)
}

function isReady(pod: JsonObject): boolean {
  return conditionIs(pod, 'Ready')
}

function conditionIs(pod: JsonObject, type: string): boolean {
  return listAt(pod, 'status', 'conditions').some((one) => at(one, 'type') === type && at(one, 'status') === 'True')
}

function gatesOf(pod: JsonObject): string {
  const gates = listAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType') ?? '')
  return gates.length === 0 ? '<none>' : `${gates.filter((gate) => conditionIs(pod, gate)).length}/${gates.length}`
}
