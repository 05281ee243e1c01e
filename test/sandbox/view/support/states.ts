// States of a sandbox at moments of a spike, for looking at and for tests: made up, but of the sizes and words of a real run.
import type { LoadSecond } from '../../../../sandbox/load/seconds.ts'
import type {
  IncidentView,
  LogLine,
  ServiceView,
  SignalName,
  SignalView,
  Summary,
  ViewState,
} from '../../../../sandbox/view/model.ts'
import { formatSignal } from '../../../../sandbox/view/units.ts'

export const START = Date.parse('2026-01-01T00:00:00.000Z')
const at = (seconds: number): number => START + seconds * 1_000

/** A signal that went through these values in the last seconds. */
export function signal(
  name: SignalName,
  history: readonly number[],
  limit?: number,
  phase?: 'breached' | 'recovering',
): SignalView {
  const value = history.at(-1) ?? 0
  const isPast = limit !== undefined && value > limit
  return {
    kind: 'known',
    value,
    text: formatSignal(name, value),
    limit,
    limitText: limit === undefined ? undefined : formatSignal(name, limit),
    share: limit === undefined ? undefined : value / limit,
    phase: phase ?? (isPast ? 'holding' : 'calm'),
    missing: undefined,
    history,
  }
}

const unknown = (why: string): SignalView => ({
  kind: 'unknown',
  why,
  limit: 0.5,
  limitText: '500 ms',
  history: [0.1, 0.2, 0.2, undefined, undefined],
})
export const ABSENT: SignalView = { kind: 'absent' }

const wave = (base: number, swing: number, count = 60): number[] =>
  Array.from({ length: count }, (_, index) => base + swing * Math.sin(index / 4) * Math.cos(index / 11))
const ramp = (from: number, to: number, count = 60, rise = 14): number[] =>
  Array.from({ length: count }, (_, index) => {
    const part = Math.min(1, Math.max(0, (index - (count - rise)) / (rise - 2)))
    return from + (to - from) * part + from * 0.06 * Math.sin(index / 3)
  })

export function service(name: string, changes: Partial<ServiceView> = {}): ServiceView {
  return {
    name,
    tier: ['reviews', 'recommendations'].includes(name) ? 'non-core' : 'core',
    mode: 'Enforce',
    health: { word: 'calm', why: 'Every signal is within its limit.' },
    signals: {
      rps: signal('rps', wave(42, 6), 120),
      errors: signal('errors', wave(0.001, 0.001), 0.05),
      p99: signal('p99', wave(0.044, 0.012), 0.5),
      cpu: signal('cpu', wave(0.21, 0.05), 0.9),
      pool: ABSENT,
      queue: ABSENT,
    },
    replicas: { wanted: 2, ready: 2, max: 8, crashing: 0 },
    ...changes,
  }
}

const withSignals = (
  name: string,
  signals: Partial<ServiceView['signals']>,
  changes: Partial<ServiceView> = {},
): ServiceView => {
  const base = service(name, changes)
  return { ...base, signals: { ...base.signals, ...signals } }
}

const unguarded = (name: string): ServiceView =>
  service(name, {
    mode: undefined,
    health: { word: 'unguarded', why: 'no Guard watches it' },
    signals: { rps: ABSENT, errors: ABSENT, p99: ABSENT, cpu: ABSENT, pool: ABSENT, queue: ABSENT },
    replicas: { wanted: 1, ready: 1, max: undefined, crashing: 0 },
  })

export const CALM_SERVICES: readonly ServiceView[] = [
  withSignals('gateway', { rps: signal('rps', wave(118, 11), 240) }),
  withSignals('checkout', { pool: signal('pool', wave(0.24, 0.06), 0.8) }),
  withSignals('catalogue', { rps: signal('rps', wave(61, 8), 160) }),
  withSignals('worker', { rps: ABSENT, queue: signal('queue', wave(40, 20), 1_000) }),
  unguarded('database'),
  unguarded('queue'),
  service('reviews', { mode: 'Observe' }),
  service('recommendations', { mode: 'Observe' }),
]

const load = (wanted: readonly number[], failedFrom: number, share: number): LoadSecond[] =>
  wanted.map((value, index) => {
    const failed = index >= failedFrom ? Math.round(value * share) : 0
    const rounded = Math.round(value)
    return {
      at: START + index * 1_000,
      wanted: rounded,
      sent: rounded,
      ok: rounded - failed,
      failed,
      p50Ms: 22,
      p99Ms: failed > 0 ? 612.4 : 48.2,
      failures: failed > 0 ? { 'status 503': failed } : {},
    }
  })

const line = (
  id: number,
  seconds: number,
  kind: LogLine['kind'],
  service: string | undefined,
  text: string,
): LogLine => ({ id, at: at(seconds), kind, service, text })

const WARM_UP: readonly LogLine[] = [
  line(1, 1.2, 'saw', 'gateway', 'up: 2 replicas ready'),
  line(2, 1.3, 'saw', 'checkout', 'up: 2 replicas ready'),
  line(3, 1.4, 'saw', 'catalogue', 'up: 2 replicas ready'),
  line(4, 3.1, 'saw', 'gateway', 'every signal is seen, and within its limit'),
  line(5, 3.2, 'saw', 'checkout', 'every signal is seen, and within its limit'),
]
const REASON =
  'Load is 412 req/s, over what the ready replicas serve, 240 req/s: 412 req/s ÷ 120 req/s per replica asks for 4'
const BREACH: readonly LogLine[] = [
  ...WARM_UP,
  line(6, 31.5, 'saw', 'gateway', 'onset: Load past the limit'),
  line(
    7,
    33.5,
    'saw',
    'gateway',
    'detected after 2 s: Load is 412 req/s, over what the ready replicas serve, 240 req/s',
  ),
  line(8, 33.5, 'decided', 'gateway', `scale 2 → 4: ${REASON}`),
  line(9, 33.5, 'did', 'gateway', 'replicas 2 → 4'),
  line(
    10,
    34.1,
    'decided',
    'reviews',
    'would scale 2 → 3, but only observes: CPU is 93 %, over its limit of 90 %: asks for 3',
  ),
]
const HEALED: readonly LogLine[] = [
  ...BREACH,
  line(11, 35.2, 'saw', 'gateway', '4 replicas ready, 1.7 s after they were asked for'),
  line(12, 35.5, 'saw', 'gateway', 'mitigated: back under the limit 4 s after onset'),
  line(13, 43.5, 'saw', 'gateway', 'replicas 2 → 4: it helped'),
  line(14, 65.5, 'saw', 'gateway', 'resolved 34 s after onset'),
  line(
    15,
    66.5,
    'decided',
    'gateway',
    'scale 4 → 2: Every signal has been calm for 30 s, and 2 replicas are enough (min is 2)',
  ),
  line(16, 66.5, 'did', 'gateway', 'replicas 4 → 2'),
  line(17, 66.9, 'saw', 'gateway', 'down to 2 replicas'),
]

const INCIDENT: IncidentView = {
  name: 'gateway-tozs3x',
  guard: 'gateway',
  phase: 'Open',
  onset: at(31.5),
  detected: at(33.5),
  firstAct: at(33.5),
  mitigated: undefined,
  resolved: undefined,
  finding: 'Load reached 412 req/s; the limit was 240 req/s',
  timeline: [
    { at: at(31.5), kind: 'onset', what: 'Load past the limit' },
    {
      at: at(33.5),
      kind: 'detected',
      what: 'after 2 s: Load is 412 req/s, over what the ready replicas serve, 240 req/s',
    },
    { at: at(33.5), kind: 'act', what: `replicas 2 → 4: ${REASON}` },
  ],
}

const SPIKE = { name: 'spike', summary: 'Four times the usual load, all at once' }

export const calm: ViewState = {
  now: at(24),
  startedAt: START,
  phase: 'calm: the fault comes in 6 s',
  fault: undefined,
  controller: { kind: 'running', restarts: 0 },
  load: load(wave(118, 11), 999, 0),
  services: CALM_SERVICES,
  shed: [],
  incident: undefined,
  log: WARM_UP,
  summary: undefined,
}

export const breach: ViewState = {
  ...calm,
  now: at(34.6),
  phase: 'spike under way',
  fault: { ...SPIKE, isOn: true, since: at(30) },
  load: load(ramp(118, 412), 50, 0.12),
  services: [
    withSignals(
      'gateway',
      {
        rps: signal('rps', ramp(118, 412), 240, 'breached'),
        p99: signal('p99', ramp(0.05, 0.39), 0.5),
        cpu: signal('cpu', ramp(0.22, 0.88), 0.9),
      },
      {
        health: { word: 'breached', why: 'Load is 412 req/s, over what the ready replicas serve, 240 req/s.' },
        replicas: { wanted: 4, ready: 2, max: 8, crashing: 0 },
      },
    ),
    withSignals('checkout', {
      rps: signal('rps', ramp(42, 84), 120),
      pool: signal('pool', ramp(0.24, 0.61), 0.8),
      p99: signal('p99', ramp(0.05, 0.31), 0.5),
    }),
    ...CALM_SERVICES.slice(2, 6),
    withSignals(
      'reviews',
      { cpu: signal('cpu', ramp(0.3, 0.93), 0.9, 'breached') },
      { mode: 'Observe', health: { word: 'breached', why: 'CPU is 93 %, over its limit of 90 %.' } },
    ),
    ...CALM_SERVICES.slice(7),
  ],
  incident: INCIDENT,
  log: BREACH,
}

export const healed: ViewState = {
  ...calm,
  now: at(72),
  phase: 'healed: load is back to normal',
  fault: { ...SPIKE, isOn: false, since: at(60) },
  load: load([...ramp(118, 412, 40, 14), ...wave(118, 9, 30)], 999, 0),
  incident: {
    ...INCIDENT,
    phase: 'Resolved',
    mitigated: at(35.5),
    resolved: at(65.5),
    timeline: [
      ...INCIDENT.timeline,
      { at: at(35.5), kind: 'mitigated', what: 'back under the limit 4 s after onset' },
      { at: at(43.5), kind: 'note', what: 'replicas 2 → 4: it helped' },
      { at: at(65.5), kind: 'resolved', what: '34 s after onset' },
    ],
  },
  log: HEALED,
}

export const unseen: ViewState = {
  ...calm,
  phase: 'slow-database under way',
  controller: { kind: 'restarting', restarts: 1 },
  fault: { name: 'slow-database', summary: 'Every query takes 800 ms longer', isOn: true, since: at(10) },
  services: [
    withSignals(
      'gateway',
      {
        p99: unknown('gateway-7d9-x2v: no answer within 800 ms'),
        errors: unknown('gateway-7d9-x2v: no answer within 800 ms'),
      },
      {
        health: { word: 'unknown', why: 'Not seen: gateway-7d9-x2v: no answer within 800 ms.' },
      },
    ),
    service('checkout', {
      health: { word: 'exhausted', why: 'p99 latency past the limit at the maximum of 8 replicas.' },
      replicas: { wanted: 8, ready: 6, max: 8, crashing: 2 },
    }),
    service('catalogue', {
      health: { word: 'refused', why: 'spec.limits.hodl ("2s") is not a known field: did you mean hold?' },
    }),
    ...CALM_SERVICES.slice(3, 6),
    withSignals(
      'reviews',
      { errors: unknown('no requests in 10 s'), p99: unknown('no requests in 10 s') },
      { mode: 'Observe' },
    ),
    service('recommendations', {
      mode: 'Paused',
      health: { word: 'recovering', why: 'CPU is 80 %, back under its limit of 90 %.' },
    }),
  ],
  load: load(wave(118, 11), 50, 0.4),
}

export const SUMMARY: Summary = {
  scenario: 'spike',
  fault: SPIKE.summary,
  withController: true,
  healed: true,
  why: undefined,
  startedAt: START,
  endedAt: at(74),
  onset: at(31.5),
  detected: at(33.5),
  firstAct: at(33.512),
  mitigated: at(35.5),
  recovered: at(37),
  requests: { sent: 14_820, ok: 14_672, failed: 148, failedBeforeFirstAct: 96, failedAfterFirstAct: 52 },
  replicas: [
    { service: 'gateway', before: 2, peak: 4, after: 2 },
    { service: 'checkout', before: 2, peak: 2, after: 2 },
  ],
  acts: [
    { at: at(33.512), service: 'gateway', what: 'replicas 2 → 4' },
    { at: at(66.5), service: 'gateway', what: 'replicas 4 → 2' },
  ],
  estimate: {
    failed: 1_440,
    basis: 'the share that failed between onset and the first act (12 %), for as long as the spike lasted (30 s)',
  },
  compared: undefined,
  comparedShedding: undefined,
}

export const over: ViewState = { ...healed, now: at(74), phase: 'over: healed', summary: SUMMARY }

export const notHealed: ViewState = {
  ...unseen,
  phase: 'over: not healed',
  summary: {
    ...SUMMARY,
    scenario: 'slow-database',
    fault: 'Every query takes 800 ms longer',
    healed: false,
    why: 'checkout was seen past its latency limit, and no remedy is configured for a slow database: adding replicas does not make it faster.',
    firstAct: undefined,
    mitigated: undefined,
    recovered: undefined,
    requests: { sent: 14_820, ok: 9_672, failed: 5_148, failedBeforeFirstAct: 5_148, failedAfterFirstAct: undefined },
    acts: [],
    replicas: [{ service: 'gateway', before: 2, peak: 2, after: 2 }],
    estimate: undefined,
    compared: { withController: false, sent: 14_790, failed: 5_201 },
  },
}

export const STATES = { calm, breach, healed, unseen, over, notHealed }
