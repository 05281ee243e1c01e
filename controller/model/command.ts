// What decide produces: a proposal from a remedy, the rulings of the interlocks on it, and the decision they add up to.
import type { Action, RaisedMinimum } from './guard-status.ts'
import type { EpochMs, Milliseconds } from './units.ts'
import type { WorkloadKind } from './workload.ts'

/** What a remedy asks for, before any interlock has spoken. */
export interface Proposal {
  readonly remedy: 'scale'
  readonly direction: 'up' | 'down'
  readonly from: number
  readonly to: number
  /** The findings and sums it rests on, each a sentence. */
  readonly reasons: readonly string[]
}

/** One write to the Kubernetes API, with the resourceVersion that it must still have. */
export type Command =
  | {
      readonly kind: 'scale'
      readonly target: TargetRef
      readonly from: number
      readonly to: number
      readonly resourceVersion: string
    }
  | {
      readonly kind: 'raiseMinimum'
      readonly autoscaler: AutoscalerRef
      readonly from: number
      readonly to: number
      readonly resourceVersion: string
    }

export interface TargetRef {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
}

export interface AutoscalerRef {
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject'
  readonly namespace: string
  readonly name: string
}

/** An autoscaler that owns the target's replicas. */
export interface Autoscaler extends AutoscalerRef {
  readonly minimum: number
  readonly maximum: number
  readonly resourceVersion: string
}

/** A fresh reading from the API server, or why there is none. */
export type Fresh<T> =
  | { readonly kind: 'read'; readonly value: T; readonly at: EpochMs }
  | { readonly kind: 'unread'; readonly why: string }

/** All that the interlocks judge a proposal by. */
export interface Facts {
  readonly now: EpochMs
  readonly mode: 'Observe' | 'Enforce' | 'Paused'
  readonly isLeading: boolean
  readonly target: TargetRef
  /** The target's /scale, as read for this decision. */
  readonly scale: Fresh<{ readonly replicas: number; readonly resourceVersion: string }>
  /** The autoscalers on this target, as read for this decision. */
  readonly autoscalers: Fresh<readonly Autoscaler[]>
  readonly raisedMinimum: RaisedMinimum | undefined
  /** Acts of this Guard, newest last. */
  readonly recentActions: readonly Action[]
  readonly cooldownMs: Milliseconds
  readonly budget: { readonly actions: number; readonly perMs: Milliseconds }
  /** Why part of the service is not seen; empty when all is. */
  readonly blind: readonly string[]
  /** Until when nothing is done because the clock jumped. */
  readonly clockUnsteadyUntil: EpochMs
}

export interface Ruling {
  readonly interlock: string
  readonly verdict: 'Allow' | 'Reduce' | 'Veto'
  readonly why: string
}

/** What an interlock gives back: its ruling, and the command when it changed it. */
export interface Judgement {
  readonly ruling: Ruling
  readonly command?: Command
}

/** An interlock can allow, reduce or veto a command, and says why. */
export type Interlock = (command: Command, proposal: Proposal, facts: Facts) => Judgement

export interface Decision {
  readonly at: EpochMs
  readonly proposal: Proposal
  readonly command: Command
  /** `act` now; `would` act if the mode were Enforce; `veto` otherwise. */
  readonly verdict: 'act' | 'would' | 'veto'
  readonly rulings: readonly Ruling[]
}
