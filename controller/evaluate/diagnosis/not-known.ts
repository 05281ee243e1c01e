// Why no resource is named: nothing is observed, what is observed has room, or it can't be read.
import type { Finding } from '../../model/assessment.ts'
import { describeLimit } from '../../model/describe.ts'
import { nameOfResource, RESOURCES, type ResourceReading } from '../../model/resource.ts'
import type { Standings } from './diagnose.ts'

/** One sentence, with how to observe more when that may help. */
export function whyNotKnown(
  readings: readonly ResourceReading[],
  standings: Standings,
  findings: readonly Finding[],
): string {
  const seen = RESOURCES.filter((resource) => [...standings.values()].some(({ worst }) => worst.resource === resource))
  const blind = [
    ...new Set(
      readings.flatMap((one) =>
        one.kind === 'unknown' && !seen.includes(one.resource) ? `${nameOfResource(one.resource)}: ${one.why}` : [],
      ),
    ),
  ].sort()
  const unread = blind.length === 0 ? '' : ` Not read: ${blind.join('; ')}.`
  if (seen.length === 0)
    return `No resource is observed.${unread} Name exporters in spec.diagnosis.sources to have them looked at.`
  const amounts = [...standings.values()].map(({ worst }) => `${nameOfResource(worst.resource)} ${worst.amount}`)
  const set = findings
    .filter(({ limit }) => limit === 'cpu' || limit === 'pool')
    .map(({ limit }) => ` ${describeLimit(limit)} is past the limit set for it, and not used up.`)
  const missing = RESOURCES.filter(
    (one) => one !== 'pod' && !seen.includes(one) && !readings.some(({ resource }) => resource === one),
  ).map(nameOfResource)
  const unseen = missing.length === 0 ? '' : ` Not observed: ${missing.join(', ')}.`
  return `Nothing that is observed is used up: ${amounts.join(', ')}.${set.join('')}${unread}${unseen}`
}
