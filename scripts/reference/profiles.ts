// The page of the profiles: which signals each known exporter tells, and from which of its metrics.
import {
  EVERY_SIGNAL,
  EXPORTER_PROFILE_NAMES,
  type ProfileName,
  SERVICE_PROFILE_NAMES,
  type SourceName,
  TOLD_BY,
} from '../../controller/model/profiles.ts'
import type { SeriesSelector, SignalSources } from '../../controller/model/signal-source.ts'
import { sourcesOf } from '../../controller/observe/profiles/profiles.ts'
import { code, page, table } from './markdown.ts'

export function profilesPage(): string {
  const isService = (name: ProfileName) => SERVICE_PROFILE_NAMES.some((one) => one === name)
  const onlyExporters = EXPORTER_PROFILE_NAMES.filter((name) => !isService(name))
  return page('Signal profiles', [
    '`spec.signals.profile` names a known exporter, so that a Guard need not name metrics. For each signal the first of these metrics that a pod exposes is used. A signal named in the Guard itself (`spec.signals.rps` and so on) takes the place of the whole list.',
    'The `profile` of a single signal (`spec.signals.pool.profile`) names an exporter that stands elsewhere, behind a `service` or in a `prometheus`: see [the guide](../guide.md#signals-from-several-sources).',
    'A label in braces must match its whole value, as in PromQL’s `=~`; with `!~`, it must not. CPU is measured against the pod’s CPU limit, else its request, else one core. `pool` and `queue` are left out when no pod has ever exposed them and only `spec.signals.profile` names them; the other signals are unknown then, and the condition `Observed` says why.',
    table(
      ['profile', 'for', 'signals'],
      [...SERVICE_PROFILE_NAMES, ...onlyExporters].map((name) => [
        `[${code(name)}](#${name})`,
        usesOf(name).map(code).join('<br>'),
        TOLD_BY[name].join(', ') || 'none',
      ]),
    ),
    ...[...SERVICE_PROFILE_NAMES, ...onlyExporters].flatMap((name) => [`## ${name}`, tableOf(name)]),
  ])
}

function usesOf(name: ProfileName): string[] {
  return [
    ...(SERVICE_PROFILE_NAMES.some((one) => one === name) ? ['signals.profile'] : []),
    ...(EXPORTER_PROFILE_NAMES.some((one) => one === name)
      ? TOLD_BY[name].map((signal) => `signals.${signal}.profile`)
      : []),
  ]
}

function tableOf(name: ProfileName): string {
  const told: readonly SourceName[] = TOLD_BY[name]
  if (told.length === 0) return `${code(name)} knows no metric: name each signal in the Guard.`
  const candidates = candidatesIn(sourcesOf(name))
  return table(
    ['signal', 'metrics, first to last'],
    EVERY_SIGNAL.filter((signal) => told.includes(signal)).map((signal) => [signal, candidates[signal].join('<br>')]),
  )
}

function candidatesIn(sources: SignalSources): Readonly<Record<SourceName, readonly string[]>> {
  return {
    rps: sources.rps.map(seriesOf),
    errors: sources.errors.map(seriesOf),
    latency: sources.latency.map((one) => `${seriesOf(one)} in ${one.unit}`),
    cpu: sources.cpu.map(seriesOf),
    pool: sources.pool.map(({ used, max }) => `${seriesOf(used)} ÷ ${typeof max === 'number' ? max : seriesOf(max)}`),
    queue: sources.queue.map((one) => `${seriesOf(one)} (${one.aggregate})`),
  }
}

function seriesOf({ metric, match = {}, except = {} }: SeriesSelector): string {
  const labels = [
    ...Object.entries(match).map(([label, pattern]) => `${label}=~"${pattern}"`),
    ...Object.entries(except).map(([label, pattern]) => `${label}!~"${pattern}"`),
  ]
  return code(labels.length === 0 ? metric : `${metric}{${labels.join(', ')}}`)
}
