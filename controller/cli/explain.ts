// `evenkeel explain NAMESPACE/NAME`: why the loop did or did not act last, from the Guard's status.
import { isObject, type JsonObject, textAt } from '../kube/json.ts'
import type { Condition } from '../model/conditions.ts'
import { GUARD_STATUS, type GuardStatus } from '../model/guard-status.ts'
import { formatDuration } from '../model/units.ts'
import { describeChange } from '../record/fields.ts'
import { circuitLines } from './circuit.ts'
import { columns } from './columns.ts'
import { diagnosisLines } from './diagnosis.ts'
import { ladderLines } from './ladder.ts'
import { maintenanceLines } from './maintenance.ts'
import { objectiveLines } from './objectives.ts'

/** The explanation as text. `now` in epoch milliseconds. */
export function explainGuard(guard: JsonObject, now: number): string {
  const name = `${textAt(guard, 'metadata', 'namespace')}/${textAt(guard, 'metadata', 'name')}`
  const parsed = GUARD_STATUS.safeParse(guard.status)
  const mode = textAt(guard, 'spec', 'mode') ?? 'Observe'
  const target = `${textAt(guard, 'spec', 'target', 'kind') ?? 'Deployment'} ${textAt(guard, 'spec', 'target', 'name')}`
  if (!isObject(guard.status))
    return `${name} (${mode}, ${target}) has no status yet: is the controller running and leading?`
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `status.${issue.path.join('.')}`).join(', ')
    return `${name} (${mode}, ${target}) has a status that can't be read (${fields}): was it written by another version of Evenkeel?`
  }
  const status = parsed.data
  return [
    `${name} (${mode}) guards ${target}`,
    section('Conditions', conditionLines(status.conditions ?? [], now)),
    section('Signals', signalLines(status, now)),
    section('Objectives', objectiveLines(status.objectives, now)),
    section('Diagnosis', diagnosisLines(status.diagnosis, now)),
    section('Circuit', circuitLines(status.circuit, now)),
    section('Ladder', ladderLines(status, now)),
    section('Maintenance', maintenanceLines(status.ledger, now)),
    section('Last decision', decisionLines(status, now)),
    section('Recent acts', actionLines(status, now)),
    status.incident === undefined
      ? undefined
      : section('Open incident', [
          `${status.incident}: kubectl describe incident -n ${name.split('/')[0]} ${status.incident}`,
        ]),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n')
}

function section(title: string, lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : `${title}\n${lines.map((line) => `  ${line}`).join('\n')}`
}

function conditionLines(conditions: readonly Condition[], now: number): string[] {
  return columns(
    conditions.map(({ type, status, message, lastTransitionTime }) => [
      type,
      status,
      `for ${age(lastTransitionTime, now)}`,
      message,
    ]),
  )
}

function signalLines({ signals = {}, signalsAt, replicas }: GuardStatus, now: number): string[] {
  const rows = Object.entries(signals)
    .filter(([signal]) => !signal.startsWith('replicas'))
    .map(([signal, { text, why, from }]) => [
      signal,
      text,
      [from === undefined ? '' : `from ${from}`, why === undefined ? '' : `(${why})`].filter(Boolean).join(' '),
    ])
  if (replicas !== undefined) rows.push(['replicas', `${replicas.ready} ready of ${replicas.wanted} wanted`, ''])
  return signalsAt === undefined ? [] : [...columns(rows), `as of ${age(signalsAt, now)} ago`]
}

function decisionLines({ lastDecision }: GuardStatus, now: number): string[] {
  if (lastDecision === undefined) return ['None yet: nothing has been breached, and no scaling has been called for.']
  const { verdict, at, summary, reasons, interlocks } = lastDecision
  return [
    `${verdict}, ${age(at, now)} ago: ${summary}`,
    ...(reasons.length > 1 ? ['because', ...reasons.map((reason) => `  - ${reason}`)] : []),
    'interlocks',
    ...columns(interlocks.map((one) => [`  ${one.interlock}`, one.verdict, one.why])),
  ]
}

function actionLines({ recentActions = [] }: GuardStatus, now: number): string[] {
  return columns(
    recentActions
      .slice(-10)
      .reverse()
      .map((action) => [
        `${age(action.at, now)} ago`,
        describeChange(action),
        [action.outcome, action.verdict].filter(Boolean).join(', '),
        action.detail ?? action.why,
      ]),
  )
}

function age(timestamp: string, now: number): string {
  return formatDuration(Math.max(0, now - Date.parse(timestamp)))
}
