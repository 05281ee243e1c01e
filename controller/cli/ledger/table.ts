// The figures of a ledger as a table for people, which says what each means, and why one is missing.
import type { ResponseFigures } from '../../evaluate/ledger/response.ts'
import type { RequestFigures } from '../../evaluate/ledger/traffic.ts'
import type { LedgerFigures } from '../../model/ledger.ts'
import { type EpochMs, formatDuration } from '../../model/units.ts'
import { columns } from '../columns.ts'

const NONE = '–'

export interface LedgerTable {
  /** The end of the window. */
  readonly at: EpochMs
  readonly figures: LedgerFigures
  /** Only where there are requests to tell it from. */
  readonly requests?: RequestFigures | undefined
  /** Only where there are Incidents to tell it from. */
  readonly response?: ResponseFigures | undefined
}

export function ledgerTable({ at, figures, requests, response }: LedgerTable): string {
  const { observed, window, maintenance, unknown, down, outages, openIncidents } = figures
  const up = observed - maintenance - unknown - down
  const from = new Date(at - observed * 1000).toISOString()
  const open = openIncidents === 0 ? '' : `; ${openIncidents} still open`
  const bound = openIncidents === 0 ? '' : '; a lower bound while one is open'
  const noOutage = 'no outage'
  const noneKnown = observed === 0 ? 'nothing was observed' : 'neither up nor down time is known'
  const noneOver = outages === 0 ? noOutage : 'no outage is over yet'
  return columns([
    ['Window', span(window), `until ${new Date(at).toISOString()}`],
    ['Observed', span(observed), observed < window ? `since ${from}, which is shorter than the window` : ''],
    [
      'Coverage',
      percent(figures.coverage),
      orWhy(
        figures.coverage,
        'of it is known: 1 − unknown ÷ (observed − maintenance)',
        observed === 0 ? 'nothing was observed' : 'all of it was maintenance',
      ),
    ],
    ['Availability', percent(figures.availability), orWhy(figures.availability, 'up ÷ (up + down)', noneKnown)],
    [
      '  weighted',
      percent(figures.availabilityWeighted),
      orWhy(figures.availabilityWeighted, 'degraded time counted in part', noneKnown),
    ],
    ...(requests === undefined ? [] : [requestRow(requests)]),
    ['Up', span(up), ''],
    ['Down', span(down), ''],
    ['Unknown', span(unknown), 'neither up nor down: not seen, or no traffic'],
    ['Maintenance', span(maintenance), 'left out of all other figures'],
    ['Outages (N)', String(outages), `distinct, in part at least outside maintenance${open}`],
    [
      'MTBF',
      seconds(figures.mtbfSeconds),
      orWhy(figures.mtbfSeconds, 'operating time between outages: up ÷ N', `${noOutage}: at least ${span(up)}`),
    ],
    [
      'MTTR',
      seconds(figures.mttrSeconds),
      orWhy(figures.mttrSeconds, `from impact start to service restored: down ÷ N${bound}`, noOutage),
    ],
    [
      '  closed',
      seconds(figures.mttrClosedSeconds),
      orWhy(figures.mttrClosedSeconds, 'of the outages that are over', noneOver),
    ],
    [
      '  median',
      seconds(figures.mttrMedianSeconds),
      orWhy(figures.mttrMedianSeconds, `half of the outages were no longer${bound}`, noOutage),
    ],
    [
      '  p90',
      seconds(figures.mttrP90Seconds),
      orWhy(figures.mttrP90Seconds, `nine of ten were no longer${bound}`, noOutage),
    ],
    ...(response === undefined ? [] : responseRows(response)),
  ]).join('\n')
}

function requestRow({ requests, availabilityByRequests }: RequestFigures): string[] {
  const meaning = `1 − failed ÷ requests, of the ${requests} seen in whole days; an outage in which none come is not in it`
  return [
    '  by requests',
    percent(availabilityByRequests),
    orWhy(availabilityByRequests, meaning, 'no request was seen'),
  ]
}

function responseRows(response: ResponseFigures): string[][] {
  const { incidents, mttdSeconds, timeToFirstActionSeconds, timeToMitigateSeconds } = response
  const none = (what: string) => (incidents === 0 ? 'no Incident' : `no Incident ${what}`)
  return [
    ['Incidents', String(incidents), 'that began in the window'],
    ['  MTTD', seconds(mttdSeconds), orWhy(mttdSeconds, 'from impact start to detected', none('was detected'))],
    [
      '  first act',
      seconds(timeToFirstActionSeconds),
      orWhy(timeToFirstActionSeconds, 'from impact start, of those with an act', none('had an act')),
    ],
    [
      '  mitigated',
      seconds(timeToMitigateSeconds),
      orWhy(timeToMitigateSeconds, 'from impact start to every signal back under its limit', none('is mitigated')),
    ],
    ['  MTTA', NONE, 'nothing here acknowledges a page'],
  ]
}

function orWhy(value: number | null, meaning: string, why: string): string {
  return value === null ? why : meaning
}

const span = (seconds: number) => formatDuration(seconds * 1000)
const seconds = (value: number | null) => (value === null ? NONE : span(value))

/** Cut off, not rounded: 99.999996 % is not 100 %. */
function percent(ratio: number | null): string {
  if (ratio === null) return NONE
  return `${Number((Math.floor(ratio * 1e7 + 1e-6) / 1e5).toFixed(5))} %`
}
