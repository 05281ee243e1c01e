// What an act writes, in words that stay the same: by them a successor finds it, and people read it.
import type { Command } from '../model/command.ts'
import { describeValue } from '../model/describe.ts'
import { failoverField, isFailoverField } from '../model/failover-view.ts'
import type { Action } from '../model/guard-status.ts'

const FEATURE = 'Feature/'
const LIMIT = 'limit.'
const POD = 'Pod/'
const SERVING = ' serving'

/** "Deployment/checkout replicas", "Feature/reviews", "limit.browse", "Pod/checkout-x serving", "FailoverGroup/db": one for each write. */
export function fieldsOf(command: Command): string[] {
  switch (command.kind) {
    case 'scale':
      return [`${command.target.kind}/${command.target.name} replicas`]
    case 'raiseMinimum':
      return [`${command.autoscaler.kind}/${command.autoscaler.name} minimum`]
    case 'feature':
      return command.features.map(({ name }) => `${FEATURE}${name}`)
    case 'limit':
      return [limitField(command.flow)]
    case 'isolate':
      return command.pods.map(({ name }) => (command.step === 'delete' ? `${POD}${name}` : `${POD}${name}${SERVING}`))
    case 'failover':
      return [failoverField(command.group)]
  }
}

export function limitField(flow: string): string {
  return `${LIMIT}${flow}`
}

/** The name in "Feature/reviews", and in "Pod/checkout-x serving". */
export function nameInField(field: string): string {
  return field.slice(field.indexOf('/') + 1).replace(SERVING, '')
}

/** Whether a pod was to be deleted, rather than taken out or given back. */
export function isDeletion(field: string): boolean {
  return field.startsWith(POD) && !field.endsWith(SERVING)
}

/** "Feature/reviews off", "limit.browse none → 800 req/s", "Deployment/checkout replicas 2 → 4", "Pod/checkout-x out", "FailoverGroup/db asked to switch". */
export function describeChange({ field, from, to }: Pick<Action, 'field' | 'from' | 'to'>): string {
  if (field.startsWith(FEATURE)) return `${field} ${to === 0 ? 'off' : 'on'}`
  if (isFailoverField(field)) return `${field} asked to switch`
  if (isDeletion(field)) return `${field} deleted`
  if (field.startsWith(POD)) return `${POD}${nameInField(field)} ${to === 0 ? 'out' : 'back'}`
  const value = (one: number) => (field.startsWith(LIMIT) ? rateOf(one) : String(one))
  return `${field} ${value(from)} → ${value(to)}`
}

export function rateOf(limit: number): string {
  return limit === 0 ? 'none' : describeValue('rps', limit)
}
