// What a Prometheus remembers of one Guard: the rows of each step of a span.
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import type { PrometheusApi, Span } from './api.ts'
import { staleAfter } from './batch.ts'
import { queryOf } from './query.ts'
import { ASKED, type GuardRows, type Row, rowOf } from './rows.ts'
import { matchOf, selectAny } from './selector.ts'
import type { PrometheusSpec } from './spec.ts'

export interface HistoryStep {
  readonly atMs: EpochMs
  readonly rows: GuardRows
}

export type History =
  | { readonly kind: 'ok'; readonly steps: readonly HistoryStep[] }
  | { readonly kind: 'failed'; readonly why: string }

/** The queries that `readHistory` asks, with nothing for sources that name none. */
export function historyQueries(namespace: string, spec: PrometheusSpec): (string | undefined)[] {
  const matchers = selectAny([matchOf(namespace, spec)])
  return ASKED.map((source) => {
    // Buckets are many; which pod they are of matters to no quantile.
    const by = source === 'latency' ? [] : [spec.podLabel]
    return queryOf(source, { ...spec, staleMs: staleAfter(spec) }, { matchers, by })
  })
}

/** One query_range per signal: no more points in the span than a server gives (11,000). Fails when one of them does. */
export async function readHistory(
  api: PrometheusApi,
  namespace: string,
  spec: PrometheusSpec,
  span: Span,
  timeoutMs: Milliseconds,
): Promise<History> {
  const answers = await Promise.all(
    historyQueries(namespace, spec).map((query) =>
      query === undefined ? undefined : api.queryRange(spec.server, query, span, timeoutMs),
    ),
  )
  const steps: { atMs: number; rows: Row[][] }[] = []
  for (let atMs = span.fromMs; atMs <= span.toMs; atMs += span.stepMs) steps.push({ atMs, rows: ASKED.map(() => []) })
  for (const [source, answer] of answers.entries()) {
    if (answer?.kind === 'failed') return answer
    for (const series of answer?.series ?? []) {
      for (const { atMs, value } of series.points)
        steps[Math.round((atMs - span.fromMs) / span.stepMs)]?.rows[source]?.push(rowOf(series, value, spec.podLabel))
    }
  }
  return {
    kind: 'ok',
    steps: steps.map(({ atMs, rows }) => ({
      atMs,
      rows: answers.map((answer, source) =>
        answer === undefined ? undefined : { kind: 'ok', rows: rows[source] ?? [] },
      ),
    })),
  }
}
