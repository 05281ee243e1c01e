// The page of the profiles: which metrics of which exporter each signal is read from.
import type { SeriesSelector, SignalSources } from '../../controller/model/signal-source.ts'
import { PROFILES } from '../../controller/observe/profiles/profiles.ts'
import { code, page, table } from './markdown.ts'

export function profilesPage(): string {
  return page('Signal profiles', [
    '`spec.signals.profile` names a known exporter, so that a Guard need not name metrics. For each signal the first of these metrics that a pod exposes is used. A signal named in the Guard itself (`spec.signals.rps` and so on) takes the place of the whole list.',
    'A label in braces must match its whole value, as in PromQL’s `=~`. CPU is measured against the pod’s CPU limit, else its request, else one core. `pool` and `queue` are left out when no pod has ever exposed them; the other signals are unknown then, and the condition `Observed` says why.',
    ...Object.entries(PROFILES).flatMap(([name, sources]) => [`## ${name}`, sourcesOf(name, sources)]),
  ])
}

function sourcesOf(name: string, sources: SignalSources): string {
  const rows = [
    ['rps', sources.rps.map(seriesOf)],
    ['errors', sources.errors.map(seriesOf)],
    ['latency', sources.latency.map((one) => `${seriesOf(one)} in ${one.unit}`)],
    ['cpu', sources.cpu.map(seriesOf)],
    [
      'pool',
      sources.pool.map(({ used, max }) => `${seriesOf(used)} ÷ ${typeof max === 'number' ? max : seriesOf(max)}`),
    ],
    ['queue', sources.queue.map((one) => `${seriesOf(one)} (${one.aggregate})`)],
  ] as const
  if (rows.every(([, candidates]) => candidates.length === 0))
    return `${code(name)} knows no metric: name each signal in the Guard.`
  return table(
    ['signal', 'metrics, first to last'],
    rows.map(([signal, candidates]) => [signal, candidates.join('<br>')]),
  )
}

function seriesOf({ metric, match }: SeriesSelector): string {
  const labels = Object.entries(match ?? {}).map(([label, pattern]) => `${label}=~"${pattern}"`)
  return code(labels.length === 0 ? metric : `${metric}{${labels.join(', ')}}`)
}
