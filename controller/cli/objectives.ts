// Objectives in words: the lines of `evenkeel explain`, and the rows of `evenkeel ledger`.
import { describeBurn } from '../model/objectives.ts'
import type { ObjectiveStatus } from '../model/objectives-status.ts'
import { formatDuration } from '../model/units.ts'
import { columns } from './columns.ts'

/** The same figures for programs: null where there is nothing to make them of. */
export function objectiveFigures(one: ObjectiveStatus) {
  const { objective, target, within, window, since, asOf, requests, bad, budgetLeft, coverage, burns, note } = one
  const budget = 1 - target
  return {
    objective,
    target,
    within: within ?? null,
    window,
    since,
    asOf,
    requests,
    bad,
    budgetLeft: budgetLeft ?? null,
    budgetLeftSeconds: budgetLeft === undefined ? null : budgetLeft * budget * window,
    budgetLeftRequests: budgetLeft === undefined ? null : budget * requests - bad,
    coverage: coverage ?? null,
    burns: burns.map(({ pair, factor, long, short, burningSince }) => ({
      pair,
      factor,
      long: long ?? null,
      short: short ?? null,
      burningSince: burningSince ?? null,
    })),
    note: note ?? null,
  }
}

/** `now` in epoch milliseconds. */
export function objectiveLines(objectives: readonly ObjectiveStatus[] | undefined, now: number): string[] {
  return (objectives ?? []).flatMap((one) => {
    const { text, burns, note } = one
    return [
      text,
      `  ${budgetText(one)}`,
      ...columns(
        burns.map(({ pair, factor, long, short, burningSince }) => {
          const [longWindow = '', shortWindow = ''] = pair.split('/')
          const rates = `${describeBurn(long ?? null)} over ${longWindow}, ${describeBurn(short ?? null)} over ${shortWindow}`
          const since =
            burningSince === undefined
              ? 'steady'
              : `burning for ${formatDuration(Math.max(0, now - Date.parse(burningSince)))}`
          return [`  burn rate ${pair}`, rates, `${since} (both above ${factor})`]
        }),
      ),
      ...(note === undefined ? [] : [`  ${note}`]),
    ]
  })
}

function budgetText(one: ObjectiveStatus): string {
  const { budgetLeft, budgetLeftSeconds, budgetLeftRequests, coverage, requests, bad, since } = objectiveFigures(one)
  const seen = `${percent(coverage ?? 0)} of the time since ${since} was watched`
  if (budgetLeft === null || budgetLeftSeconds === null || budgetLeftRequests === null)
    return `no request was seen yet; ${seen}`
  const [time, count] = [formatDuration(Math.abs(budgetLeftSeconds) * 1000), Math.round(Math.abs(budgetLeftRequests))]
  const left =
    budgetLeft >= 0
      ? `${percent(budgetLeft)} of the error budget is left: ${time} of full outage, or ${count} bad requests more at the traffic there was`
      : `the error budget is overspent by ${percent(-budgetLeft)}: ${time} of full outage, or ${count} bad requests`
  return `${left}; ${bad} of ${requests} requests were bad; ${seen}`
}

/** Cut off, not rounded: 99.996 % is not 100 %. */
const percent = (ratio: number) => `${Number((Math.floor(ratio * 1e4 + 1e-6) / 100).toFixed(2))} %`
