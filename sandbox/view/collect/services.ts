// A row of the services table, out of a Guard, its workload and its pods. Pure.

import type { HealthWord, LimitPhase, ServiceView, SignalName, SignalView } from '../model.ts'
import { formatSignal, formatSpan, readRatio, readSeconds } from '../units.ts'
import { conditionOf } from './guard-news.ts'
import type { Deployment, Guard, Pod } from './objects.ts'
import { historyOf, isStale, type Reading } from './readings.ts'
import { isCrashing, isTerminating } from './workload-news.ts'

/** What status calls the signals. */
const STATUS_NAMES: Readonly<Record<SignalName, string>> = {
  rps: 'rps',
  errors: 'errors',
  p99: 'latencyP99',
  cpu: 'cpu',
  pool: 'pool',
  queue: 'queue',
}
const LIMIT_NAMES: Readonly<Record<SignalName, string>> = { ...STATUS_NAMES, p99: 'latency' }

export interface ServiceFacts {
  readonly name: string
  readonly guard: Guard | undefined
  readonly deployment: Deployment | undefined
  readonly pods: readonly Pod[]
  /** By the name in status. */
  readonly readings: ReadonlyMap<string, readonly Reading[]>
  readonly now: number
}

export function serviceView(facts: ServiceFacts): ServiceView {
  const { name, guard, deployment, pods } = facts
  const signals = {
    rps: signalView('rps', facts),
    errors: signalView('errors', facts),
    p99: signalView('p99', facts),
    cpu: signalView('cpu', facts),
    pool: signalView('pool', facts),
    queue: signalView('queue', facts),
  }
  const wanted = deployment?.spec.replicas ?? guard?.status?.replicas?.wanted
  const ready = deployment?.status.readyReplicas ?? guard?.status?.replicas?.ready
  return {
    name,
    tier: tierOf(guard, deployment),
    mode: guard?.spec?.mode,
    health: healthOf(guard, Object.values(signals)),
    signals,
    replicas:
      wanted === undefined
        ? undefined
        : {
            wanted,
            ready: ready ?? 0,
            max: guard?.spec?.remedies.find(({ scale }) => scale !== undefined)?.scale?.max,
            crashing: pods.filter((pod) => !isTerminating(pod) && isCrashing(pod)).length,
          },
  }
}

/** The tiers in which features are shed: the loop never sheds what is critical. */
export function tierOf(guard: Guard | undefined, deployment: Deployment | undefined): ServiceView['tier'] {
  const tier = (guard ?? deployment)?.metadata.annotations['evenkeel.dev/tier']
  if (tier === undefined) return undefined
  return tier.startsWith('Critical') ? 'core' : 'non-core'
}

function signalView(name: SignalName, { guard, readings, now }: ServiceFacts): SignalView {
  const status = guard?.status?.signals[STATUS_NAMES[name]]
  const own = readings.get(STATUS_NAMES[name]) ?? []
  const newest = own.at(-1)
  if (guard === undefined || (status === undefined && newest === undefined)) return { kind: 'absent' }
  const limit = limitOf(name, guard)
  const limited = {
    limit,
    limitText: limit === undefined ? undefined : formatSignal(name, limit),
    history: historyOf(own, now),
  }
  if (newest?.value !== undefined && isStale(newest, now))
    return { kind: 'unknown', why: `the last reading is ${formatSpan(now - newest.at)} old`, ...limited }
  const value = newest === undefined ? status?.value : newest.value
  if (value === undefined) return { kind: 'unknown', why: status?.why ?? 'it could not be measured', ...limited }
  return {
    kind: 'known',
    value,
    text: formatSignal(name, value),
    share: limit === undefined ? undefined : value / limit,
    phase: phaseOf(name, guard, value, limit),
    missing: status?.value === undefined ? undefined : status.why,
    ...limited,
  }
}

/** In base units. For rps: what the ready replicas can serve, when their baseline is declared. */
function limitOf(name: SignalName, { spec, status }: Guard): number | undefined {
  const limits = spec?.limits
  switch (name) {
    case 'rps': {
      const each = spec?.remedies.find(({ scale }) => scale?.perReplica !== undefined)?.scale?.perReplica?.rps
      const ready = status?.replicas?.ready ?? 0
      return each === undefined || ready < 1 ? undefined : each * ready
    }
    case 'p99':
      return readSeconds(limits?.latency)
    case 'queue':
      return limits?.queue
    default:
      return readRatio(limits?.[name])
  }
}

function phaseOf(name: SignalName, { status }: Guard, value: number, limit: number | undefined): LimitPhase {
  const breach = status?.breaches.find((one) => one.limit === LIMIT_NAMES[name])
  const threshold = limit ?? breach?.threshold
  const isPast = threshold !== undefined && value > threshold
  if (breach !== undefined) return isPast ? 'breached' : 'recovering'
  return isPast ? 'holding' : 'calm'
}

function healthOf(guard: Guard | undefined, signals: readonly SignalView[]): ServiceView['health'] {
  if (guard === undefined) return { word: 'unguarded', why: 'no Guard watches it' }
  const [accepted, observed, healthy, exhausted] = ['Accepted', 'Observed', 'Healthy', 'Exhausted'].map((type) =>
    conditionOf(guard, type),
  )
  if (accepted?.status === 'False') return { word: 'refused', why: accepted.message }
  if (healthy === undefined) return { word: 'unknown', why: 'no controller has judged it yet' }
  if (exhausted?.status === 'True') return { word: 'exhausted', why: exhausted.message }
  if (healthy.status === 'False')
    return { word: healthy.reason === 'Recovering' ? 'recovering' : 'breached', why: healthy.message }
  const word: HealthWord = signals.some((one) => one.kind === 'known' && one.phase === 'holding') ? 'holding' : 'calm'
  if (healthy.status !== 'True') return { word: 'unknown', why: observed?.message || healthy.message }
  return word === 'calm'
    ? { word, why: healthy.message }
    : { word, why: 'a signal is past its limit, but not for long enough to act on' }
}
