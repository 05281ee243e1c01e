// What the remedies of a Guard say to each other, and to its signals, that can't be done.
import type { GuardSpec } from './guard.ts'
import type { LimitSpec, ScaleSpec } from './remedies.ts'

type TellFault = (field: string, value: unknown, message: string, remedy: string) => void

export function judgeRemedies({ remedies, signals }: Pick<GuardSpec, 'remedies' | 'signals'>, fault: TellFault): void {
  const scales = remedies.filter(({ scale }) => scale !== undefined)
  if (scales.length > 1) fault('remedies', scales.length, 'has the scale remedy more than once', 'keep one')
  const isolates = remedies.filter(({ isolate }) => isolate !== undefined)
  if (isolates.length > 1) fault('remedies', isolates.length, 'has the isolate remedy more than once', 'keep one')
  for (const [index, { scale, limit, isolate, failover }] of remedies.entries()) {
    if (isolate !== undefined && signals.from.scrape === undefined)
      fault(
        `remedies[${index}].isolate`,
        'isolate',
        'compares the pods with each other, and signals.from.prometheus tells only of all together',
        'read the signals by signals.from.scrape, or leave the remedy out',
      )
    if (scale !== undefined) judgeScale(scale, signals, `remedies[${index}].scale`, fault)
    const { group } = failover ?? {}
    if (group !== undefined && remedies.findIndex((one) => one.failover?.group === group) < index)
      fault(`remedies[${index}].failover.group`, group, 'is asked by two remedies', 'keep one')
    if (limit === undefined) continue
    judgeLimit(limit, `remedies[${index}].limit`, fault)
    if (remedies.findIndex((one) => one.limit?.flow === limit.flow) < index)
      fault(`remedies[${index}].limit.flow`, limit.flow, 'is limited twice', 'keep one')
  }
}

function judgeScale(scale: ScaleSpec, signals: GuardSpec['signals'], field: string, fault: TellFault): void {
  const { min, max, perReplica, connections } = scale
  if (min > max) fault(`${field}.min`, min, `is above max, which is ${max}`, 'make min at most max')
  if (perReplica !== undefined && signals.profile === 'generic' && signals.rps === undefined)
    fault(
      `${field}.perReplica.rps`,
      perReplica.rps,
      'needs the signal rps, and the profile generic names no metric for it',
      'name the counter in spec.signals.rps',
    )
  if (connections !== undefined && connections.max - connections.reserved < min * connections.perReplica)
    fault(
      `${field}.connections.max`,
      connections.max,
      `less the ${connections.reserved} reserved leaves fewer connections than ${min} replicas with ${connections.perReplica} each need`,
      'correct max, reserved or perReplica, or make scale.min smaller',
    )
}

function judgeLimit({ floor, ceiling }: LimitSpec, field: string, fault: TellFault): void {
  if (ceiling !== undefined && floor > ceiling)
    fault(`${field}.floor`, floor, `is above ceiling, which is ${ceiling}`, 'make floor at most ceiling')
}
