// What a Guard says of single signals, judged: who tells each of them, in one place, and that it can be told there.
import { EVERY_SIGNAL, exportersOf, type SourceName, tells } from './profiles.ts'
import { LABEL_PATTERN, type SignalOverride, type SignalsSpec } from './signals-spec.ts'

/** Takes a fault: the field below `spec`, its value, what is wrong, and what to do. */
export type TakeFault = (field: string, value: unknown, message: string, remedy: string) => void

export function findSignalFaults(signals: SignalsSpec, fault: TakeFault): void {
  const names = namesOf(signals)
  for (const signal of EVERY_SIGNAL) {
    const override = signals[signal]
    if (override === undefined) continue
    const { needed, more } = names[signal]
    if (override.profile !== undefined) findProfileFaults(signal, override, { ...needed, ...more }, fault)
    else
      for (const [name, value] of Object.entries(needed))
        if (value === undefined)
          fault(
            `signals.${signal}.${name}`,
            value,
            'is missing',
            'add it, or name the exporter that tells this signal in profile',
          )
    findPlaceFaults(signal, override, fault)
    findMatchFaults(signal, override, fault)
  }
  findErrorsWithoutRequests(signals, fault)
}

/** Where a signal is read, when not where `from` says; the same text for the same place. */
export function placeTextOf(override: SignalOverride | undefined): string | undefined {
  const { service, port, path, scheme, prometheus } = override ?? {}
  if (service === undefined && prometheus === undefined) return undefined
  return JSON.stringify([service, port, path, scheme, prometheus])
}

/** What each signal names by hand: what it needs, and what it may say beside. */
function namesOf({ rps, errors, latency, cpu, pool, queue }: SignalsSpec) {
  const metric = (override: { readonly metric?: string | undefined } | undefined) => ({ metric: override?.metric })
  return {
    rps: { needed: metric(rps), more: {} },
    errors: { needed: metric(errors), more: {} },
    latency: { needed: metric(latency), more: { unit: latency?.unit } },
    cpu: { needed: metric(cpu), more: {} },
    pool: { needed: { used: pool?.used, max: pool?.max }, more: {} },
    queue: { needed: metric(queue), more: { aggregate: queue?.aggregate } },
  } satisfies Record<SourceName, unknown>
}

function findProfileFaults(
  signal: SourceName,
  override: SignalOverride,
  names: Readonly<Record<string, unknown>>,
  fault: TakeFault,
): void {
  const { profile } = override
  if (profile === undefined) return
  const field = `signals.${signal}`
  for (const [name, value] of Object.entries(names))
    if (value !== undefined)
      fault(
        `${field}.${name}`,
        value,
        `stands beside the profile ${profile}, which has its own`,
        'leave one of them out',
      )
  if (!tells(profile, signal)) {
    const others = exportersOf(signal)
    const known = others.length === 0 ? 'no known exporter does' : `those that do: ${others.join(', ')}`
    fault(`${field}.profile`, profile, `does not tell ${signal}`, `name one that does (${known}), or a metric`)
  }
  if (placeTextOf(override) === undefined)
    fault(`${field}.profile`, profile, 'is nowhere to be found', `say where: in service, or in prometheus`)
}

function findPlaceFaults(signal: SourceName, override: SignalOverride, fault: TakeFault): void {
  const { service, port, path, scheme, prometheus } = override
  const field = `signals.${signal}`
  if (service !== undefined && prometheus !== undefined)
    fault(field, override, 'has both service and prometheus, of which only one can be read', 'keep one of them')
  if (service === undefined)
    for (const [name, value] of Object.entries({ port, path, scheme }))
      if (value !== undefined)
        fault(
          `${field}.${name}`,
          value,
          'belongs to a Service, and none is named',
          'name it in service, or remove this',
        )
  if (signal === 'cpu' && service !== undefined)
    fault(
      `${field}.service`,
      service,
      'can’t tell CPU, which is a share of what the pods of the workload may use',
      'leave it out, or ask a prometheus that has the CPU time of those pods',
    )
  if (prometheus?.timeout !== undefined && prometheus.timeout > prometheus.interval)
    fault(
      `${field}.prometheus.timeout`,
      `${prometheus.timeout}ms`,
      'is longer than the interval',
      `make it shorter than ${field}.prometheus.interval`,
    )
}

/** In scraping a label may have any name, but `__name__` is none; in PromQL it must be an identifier too. */
function findMatchFaults(signal: SourceName, override: SignalOverride, fault: TakeFault): void {
  if (placeTextOf(override) === undefined) return
  for (const [field, label] of labelsOf(override))
    if (label === '__name__' || !LABEL_PATTERN.test(label))
      fault(
        `signals.${signal}.${field}`,
        label,
        'is no label that a series can be chosen by',
        'write the label as it is exposed, like database; metrics are named in metric',
      )
}

/** The labels that a signal's series are chosen by, each with the field below the signal that names it. */
export function labelsOf(override: SignalOverride): [field: string, label: string][] {
  const { used, max } = 'used' in override ? override : {}
  const matches = {
    match: override.match,
    'used.match': used?.match,
    'max.match': typeof max === 'object' ? max.match : undefined,
  }
  return Object.entries(matches).flatMap(([field, match]) =>
    Object.keys(match ?? {}).map((label): [string, string] => [field, label]),
  )
}

function findErrorsWithoutRequests({ rps, errors }: SignalsSpec, fault: TakeFault): void {
  const place = placeTextOf(errors)
  if (place === undefined || errors?.profile !== undefined || placeTextOf(rps) === place) return
  fault(
    'signals.errors',
    errors,
    'is a share of requests that are read in the same place, and none are',
    'name the counter of requests in signals.rps, with the same service or prometheus',
  )
}
