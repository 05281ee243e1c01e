// Signals of a Guard that come from elsewhere, over history: all of them are read from a Prometheus, also what is scraped now.
import type { GuardSpec } from '../../model/guard.ts'
import { rangesOf } from '../../model/pace.ts'
import type { SourceName } from '../../model/profiles.ts'
import type { Observations } from '../../model/signal.ts'
import type { Milliseconds } from '../../model/units.ts'
import type { PrometheusApi, Span } from '../../observe/prometheus/api.ts'
import { staleAfter } from '../../observe/prometheus/batch.ts'
import { readHistory } from '../../observe/prometheus/history.ts'
import { createSignalReader, type KnownPods, NO_KNOWN_PODS, type SignalReader } from '../../observe/prometheus/read.ts'
import type { PrometheusSpec } from '../../observe/prometheus/spec.ts'
import { createCatalog } from '../../observe/scrape/catalog.ts'
import { everySignal, withSignals } from '../../observe/several.ts'
import { sidePlansOf } from '../../reconcile/side-plans.ts'

export interface ReplaySide {
  readonly signals: readonly SourceName[]
  readonly spec: PrometheusSpec
  readonly reader: SignalReader
}

export interface SideHistory {
  readonly rowsSeen: number
  /** Puts the sides' signals of a step into what else was seen. Steps are asked for in their order. */
  add(observations: Observations, step: number, pods: KnownPods): Observations
}

/** `main` is how the Guard's other signals are read; `url`, when it is given, is asked for everything. */
export function planSides(spec: GuardSpec, main: PrometheusSpec, url: string | undefined): ReplaySide[] {
  return sidePlansOf(spec).map((side) => {
    const asked: PrometheusSpec =
      side.kind === 'prometheus'
        ? { ...side.spec, server: { ...side.spec.server, url: url ?? side.spec.server.url } }
        : {
            ...side.spec,
            ...rangesOf(spec.limits, main.intervalMs),
            intervalMs: main.intervalMs,
            server: main.server,
            podLabel: main.podLabel,
          }
    const { windowMs, minimumRequests } = asked
    const reading = { windowMs, minimumRequests, optional: [], staleMs: staleAfter(asked) }
    return { signals: side.signals, spec: asked, reader: createSignalReader(createCatalog(asked.sources), reading) }
  })
}

/** Never fails: the signals of a side that can't be read are unknown. */
export async function readSides(
  api: PrometheusApi,
  namespace: string,
  sides: readonly ReplaySide[],
  span: Span,
  timeoutMs: Milliseconds,
): Promise<SideHistory> {
  const histories = await Promise.all(
    sides.map(async (side) => ({ side, history: await readHistory(api, namespace, side.spec, span, timeoutMs) })),
  )
  const rows = histories.flatMap(({ history }) =>
    history.kind === 'ok' ? history.steps.flatMap((one) => one.rows) : [],
  )
  return {
    rowsSeen: rows.reduce((count, one) => count + (one?.kind === 'ok' ? one.rows.length : 0), 0),
    add: (observations, step, pods) =>
      histories.reduce((before, { side: { signals, reader, spec }, history }) => {
        const rowsAt = history.kind === 'ok' ? history.steps[step]?.rows : undefined
        const seen =
          rowsAt === undefined
            ? everySignal({ kind: 'unknown', why: history.kind === 'ok' ? 'no such step' : history.why })
            : reader.read(rowsAt, spec.workload === undefined ? NO_KNOWN_PODS : pods)
        return withSignals(before, signals, seen)
      }, observations),
  }
}
