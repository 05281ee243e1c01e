// The columns of Events: when, what, about what.
import { type JsonObject, numberAt, textAt } from '../json.ts'
import { ageOf } from './age.ts'
import { column, NAME, WIDE } from './cells.ts'
import type { Column } from './column.ts'

export const EVENT_COLUMNS: readonly Column[] = [
  column('Last Seen', 'string', (event, now) => ageOf(lastSeen(event), now)),
  column('Type', 'string', (event) => textAt(event, 'type') ?? ''),
  column('Reason', 'string', (event) => textAt(event, 'reason') ?? ''),
  column('Object', 'string', (event) => {
    const about = aboutOf(event)
    const kind = textAt(about, 'kind')?.toLowerCase() ?? ''
    const name = textAt(about, 'name') ?? ''
    return name === '' ? kind : `${kind}/${name}`
  }),
  column('Subobject', 'string', (event) => textAt(aboutOf(event), 'fieldPath') ?? '', WIDE),
  column('Source', 'string', sourceText, WIDE),
  column('Message', 'string', (event) => (textAt(event, 'message') ?? textAt(event, 'note') ?? '').trim()),
  column('First Seen', 'string', (event, now) => ageOf(firstSeen(event), now), WIDE),
  column('Count', 'string', (event) => String(countOf(event)), WIDE),
  { ...NAME, priority: WIDE },
]

/** The same table shows events of both groups, each with its own names for the fields. */
function aboutOf(event: JsonObject): unknown {
  return event.involvedObject ?? event.regarding
}

function firstSeen(event: JsonObject): string | undefined {
  return textAt(event, 'firstTimestamp') ?? textAt(event, 'deprecatedFirstTimestamp') ?? textAt(event, 'eventTime')
}

function lastSeen(event: JsonObject): string | undefined {
  return (
    textAt(event, 'series', 'lastObservedTime') ??
    textAt(event, 'lastTimestamp') ??
    textAt(event, 'deprecatedLastTimestamp') ??
    firstSeen(event)
  )
}

function countOf(event: JsonObject): number {
  return numberAt(event, 'series', 'count') ?? numberAt(event, 'count') ?? numberAt(event, 'deprecatedCount') ?? 1
}

function sourceText(event: JsonObject): string {
  const source = event.source ?? event.deprecatedSource
  const component =
    textAt(source, 'component') ?? textAt(event, 'reportingComponent') ?? textAt(event, 'reportingController') ?? ''
  const host = textAt(source, 'host') ?? textAt(event, 'reportingInstance') ?? ''
  return [component, host].filter((part) => part !== '').join(', ')
}
