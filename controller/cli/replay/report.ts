// A replay as people and programs read it.
import { formatDuration } from '../../model/units.ts'
import { columns } from '../columns.ts'
import { FLAP_WITHIN_MS, type ReplayEvent, type ReplayTotals } from './simulate.ts'

export interface ReplayReport extends ReplayTotals {
  /** "shop/checkout" */
  readonly guard: string
  readonly mode: string
  readonly source: string
  readonly from: string
  readonly to: string
  readonly stepSeconds: number
  readonly timeline: readonly (Omit<ReplayEvent, 'at'> & { readonly at: string })[]
}

export function formatReplay(report: ReplayReport): string {
  const { guard, mode, source, from, to, stepSeconds, steps, unknownSteps, replicas, actions, flaps } = report
  const observed = mode === 'Observe' ? ' Its mode is Observe: this is what Enforce would have done.' : ''
  const events = report.timeline.map(({ at, kind, text }) => [at, kind, text])
  const unknown = unknownSteps === 0 ? 'none' : `${unknownSteps} of ${steps} steps`
  const totals = [
    ['steps', `${steps}, one each ${formatDuration(stepSeconds * 1000)}`],
    ['not all seen', unknown],
    ['acts', `${actions.up + actions.down} (${actions.up} up, ${actions.down} down)`],
    ['by remedy', countsOf(report.remedies)],
    ['flaps', `${flaps} (reversed within ${formatDuration(FLAP_WITHIN_MS)})`],
    ['breaches', countsOf(report.breaches)],
    ['vetoes', countsOf(report.vetoes)],
    [
      'replicas',
      `${replicas.start} at the start, ${replicas.end} at the end, from ${replicas.lowest} to ${replicas.highest}`,
    ],
  ]
  return [
    `${guard} over ${source} from ${from} to ${to}.${observed}`,
    '',
    ...(events.length === 0 ? ['Nothing would have happened.'] : columns(events)),
    '',
    ...columns(totals),
  ].join('\n')
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts)
  return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${name} ${count}`).join(', ')
}
