// What the live view shows, as plain data: everything on screen, every line of plain output and the summary is a pure function of it.

import type { LoadSecond } from '../load/seconds.ts'

/** The signals shown, in the order of the table. */
export const SIGNALS = ['rps', 'errors', 'p99', 'cpu', 'pool', 'queue'] as const
export type SignalName = (typeof SIGNALS)[number]

/** Where a signal stands against its limit. `holding`: past it, but not yet long enough to be called a breach. */
export type LimitPhase = 'calm' | 'holding' | 'breached' | 'recovering'

/** Readings of the last minutes, oldest first; undefined where there was none. */
export type History = readonly (number | undefined)[]

interface Limited {
  /** The limit in base units; undefined when there is none, or it can't be told. */
  readonly limit: number | undefined
  /** The limit as people write it: "500 ms". */
  readonly limitText: string | undefined
  readonly history: History
}

export interface KnownSignal extends Limited {
  readonly kind: 'known'
  /** In base units: seconds, ratios, requests per second, items. */
  readonly value: number
  /** As people write it: "412 ms". */
  readonly text: string
  /** Value by limit: 1 is at the limit. Undefined without a limit. */
  readonly share: number | undefined
  readonly phase: LimitPhase
  /** What part of the pods was not seen. */
  readonly missing: string | undefined
}

/** Neither healthy nor broken, and never shown as 0. */
export interface UnknownSignal extends Limited {
  readonly kind: 'unknown'
  readonly why: string
}

/** `absent`: this Guard does not observe it. */
export type SignalView = KnownSignal | UnknownSignal | { readonly kind: 'absent' }

/**
 * The state of a service's limits: what a circuit would be driven by.
 * `exhausted`: breached, and no remedy is left. `refused`: the Guard itself can't be used. `unguarded`: there is none.
 */
export type HealthWord = LimitPhase | 'exhausted' | 'unknown' | 'refused' | 'unguarded'

export interface ReplicasView {
  readonly wanted: number
  readonly ready: number
  /** The most the Guard may ask for; undefined when it may not scale. */
  readonly max: number | undefined
  /** Pods that crash and are being restarted. */
  readonly crashing: number
}

export interface ServiceView {
  readonly name: string
  readonly tier: 'core' | 'non-core' | undefined
  /** Undefined without a Guard. */
  readonly mode: 'Observe' | 'Enforce' | 'Paused' | undefined
  readonly health: {
    readonly word: HealthWord
    /** One sentence. */
    readonly why: string
  }
  readonly signals: Readonly<Record<SignalName, SignalView>>
  /** Undefined until the workload was seen. */
  readonly replicas: ReplicasView | undefined
}

export interface TimelineEntry {
  /** Epoch ms. */
  readonly at: number
  readonly kind: 'onset' | 'detected' | 'act' | 'mitigated' | 'resolved' | 'note'
  readonly what: string
}

export interface IncidentView {
  readonly name: string
  readonly guard: string
  readonly phase: 'Open' | 'Mitigated' | 'Resolved'
  /** Epoch ms, as the Incident says. */
  readonly onset: number
  readonly detected: number | undefined
  readonly firstAct: number | undefined
  readonly mitigated: number | undefined
  readonly resolved: number | undefined
  /** The worst finding, in one sentence: "Load reached 130 req/s; the limit was 80 req/s". */
  readonly finding: string
  /** Oldest first. */
  readonly timeline: readonly TimelineEntry[]
}

/** `saw`: an observation. `decided`: what the loop made of it, and why. `did`: a change. `note`: context. `trouble`: something that is wrong beyond the fault. */
export type LogKind = 'saw' | 'decided' | 'did' | 'note' | 'trouble'

export interface LogLine {
  /** Rises by one per line: tells a reader which lines are new. */
  readonly id: number
  /** Epoch ms. */
  readonly at: number
  readonly kind: LogKind
  /** The service it is about; undefined for what is about all. */
  readonly service: string | undefined
  readonly text: string
}

export interface FaultView {
  readonly name: string
  /** One sentence: what it does. */
  readonly summary: string
  readonly isOn: boolean
  /** When it was last switched, epoch ms. */
  readonly since: number
}

/** How one run of a scenario ended. Moments are epoch ms; undefined when they never came. */
export interface Summary {
  readonly scenario: string
  /** The fault's sentence. */
  readonly fault: string
  readonly withController: boolean
  readonly healed: boolean
  /** When not healed: why, in one sentence. */
  readonly why: string | undefined
  readonly startedAt: number
  readonly endedAt: number
  /** First reading past a limit. */
  readonly onset: number | undefined
  readonly detected: number | undefined
  readonly firstAct: number | undefined
  /** Every signal back under its limit. */
  readonly mitigated: number | undefined
  /** Requests are answered as before the fault. */
  readonly recovered: number | undefined
  readonly requests: RequestCounts
  readonly replicas: readonly {
    readonly service: string
    readonly before: number
    readonly peak: number
    readonly after: number
  }[]
  /** What was changed, oldest first. */
  readonly acts: readonly { readonly at: number; readonly service: string; readonly what: string }[]
  /** What would have been lost without the controller; not measured. */
  readonly estimate: { readonly failed: number; readonly basis: string } | undefined
  /** A run of the same scenario the other way (with or without the controller), when there was one. */
  readonly compared: { readonly withController: boolean; readonly sent: number; readonly failed: number } | undefined
  /** A run of the same scenario with the controller the other way (with or without shedding), when there was one. */
  readonly comparedShedding: ComparedShedding | undefined
}

export interface ComparedShedding {
  readonly withShedding: boolean
  readonly sent: number
  readonly failed: number
  /** From onset; undefined when it never came. */
  readonly mitigatedSeconds: number | undefined
  readonly recoveredSeconds: number | undefined
}

export interface RequestCounts {
  readonly sent: number
  readonly ok: number
  readonly failed: number
  readonly failedBeforeFirstAct: number
  /** Undefined without an act. */
  readonly failedAfterFirstAct: number | undefined
}

export interface ViewState {
  /** Epoch ms. */
  readonly now: number
  readonly startedAt: number
  /** What is happening, in words: "warming up", "calm", "spike under way", "healed; load is back to normal". */
  readonly phase: string
  readonly fault: FaultView | undefined
  readonly controller: { readonly kind: 'running' | 'restarting' | 'off'; readonly restarts: number }
  /** Newest last, at most 300. */
  readonly load: readonly LoadSecond[]
  /** In the order of the manifests, core first. */
  readonly services: readonly ServiceView[]
  /** Features that Guards have switched off. */
  readonly shed: readonly string[]
  /** The open one that matters most, else the last. */
  readonly incident: IncidentView | undefined
  /** Newest last. */
  readonly log: readonly LogLine[]
  readonly summary: Summary | undefined
}
