// What a FailoverGroup tells when it changes: the primary is lost, another takes over, and what became of it.
import { lowerFirst } from './guard-news.ts'
import type { Draft } from './log-book.ts'
import type { FailoverGroup } from './objects.ts'

/** Nothing is news of a group that is seen for the first time, but what has begun. */
export function failoverNews(before: FailoverGroup | undefined, after: FailoverGroup, now: number): readonly Draft[] {
  const { metadata, status } = after
  const service = metadata.name
  const drafts: Draft[] = []
  const available = conditionOf(after, 'Available')
  if (available?.status === 'False' && conditionOf(before, 'Available')?.status === 'True')
    drafts.push({ at: now, kind: 'saw', service, text: lowerFirst(available.message) })
  const refused = conditionOf(after, 'FailoverRefused')
  if (refused?.status === 'True' && conditionOf(before, 'FailoverRefused')?.message !== refused.message)
    drafts.push({ at: now, kind: 'decided', service, text: `no failover: ${lowerFirst(refused.message)}` })
  const begun = status?.switch
  if (begun !== undefined)
    drafts.push({
      key: `switch ${service} ${begun.epoch} begins`,
      at: begun.startedAt,
      kind: 'decided',
      service,
      text: `${begun.kind.toLowerCase()} from ${begun.from} to ${begun.to}: ${lowerFirst(begun.reason)}`,
    })
  for (const { epoch, kind, from, to, endedAt, outcome, reason } of status?.history ?? []) {
    if (kind === 'Adoption') continue
    const key = `switch ${service} ${epoch} ${outcome} ${endedAt}`
    const text =
      outcome === 'Done'
        ? `primary ${from ?? '?'} → ${to ?? '?'}`
        : `${kind.toLowerCase()} ${outcome.toLowerCase()}: ${lowerFirst(reason)}`
    drafts.push({ key, at: endedAt, kind: outcome === 'Done' ? 'did' : 'decided', service, text })
  }
  return drafts
}

/** Switches that were made, as acts. */
export function switchesOf({ metadata, status }: FailoverGroup): readonly {
  readonly at: number
  readonly service: string
  readonly what: string
}[] {
  return (status?.history ?? [])
    .filter(({ outcome, kind }) => outcome === 'Done' && kind !== 'Adoption')
    .map(({ endedAt, from, to }) => ({
      at: endedAt,
      service: metadata.name,
      what: `primary ${from ?? '?'} → ${to ?? '?'}`,
    }))
}

function conditionOf(group: FailoverGroup | undefined, type: string) {
  return group?.status?.conditions.find((condition) => condition.type === type)
}
