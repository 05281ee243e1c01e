// What decide produces: a proposal from a remedy, the rulings of the interlocks on it, and the decision they add up to.
import type { FreshGroup } from './failover-view.ts'
import type { StoredFeature } from './feature.ts'
import type { Action, RaisedMinimum } from './guard-status.ts'
import type { PodName } from './isolation.ts'
import type { ConnectionBudget } from './remedies.ts'
import type { EpochMs, Milliseconds, Ratio } from './units.ts'
import type { Pod, Surge, WorkloadKind } from './workload.ts'

/** What a remedy asks for, before any interlock has spoken. */
export type Proposal = ScaleProposal | DegradeProposal | LimitProposal | IsolateProposal | FailoverProposal

interface Asked {
  /** `up` applies the remedy, or more of it; `down` takes a step of it back. */
  readonly direction: 'up' | 'down'
  readonly from: number
  readonly to: number
  /** The findings and sums it rests on, each a sentence. */
  readonly reasons: readonly string[]
  /** Which of the Guard's remedies asks, counted from 0; absent for what none of them names any more. */
  readonly rung?: number
}

/** `from` and `to` are replicas. */
export interface ScaleProposal extends Asked {
  readonly remedy: 'scale'
}

/** From 1, on, to 0, off; or back. */
export interface DegradeProposal extends Asked {
  readonly remedy: 'degrade'
  /** Names, all switched in this one step. */
  readonly features: readonly string[]
}

/** `from` and `to` are requests per second; 0 is no limit. */
export interface LimitProposal extends Asked {
  readonly remedy: 'limit'
  readonly flow: string
}

/** A pod is taken out or given up, from 1 to 0, or given back, from 0 to 1. */
export interface IsolateProposal extends Asked {
  readonly remedy: 'isolate'
  readonly step: 'out' | 'back' | 'delete'
  /** All in this one step. */
  readonly pods: readonly PodName[]
}

/** `from` is the group's epoch, `to` the one that the switch will have. It has no step down: the group itself goes back. */
export interface FailoverProposal extends Asked {
  readonly remedy: 'failover'
  readonly direction: 'up'
  readonly group: string
}

/**
 * One step on the Kubernetes API: each write with the resourceVersion that the object must still have. A Feature has many
 * writers, so that it is read and judged once more for the write itself.
 */
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
  | {
      readonly kind: 'feature'
      readonly features: readonly FeatureRef[]
      readonly from: number
      readonly to: number
    }
  /** It is carried out by being announced: the Guard's status is where services read it. */
  | { readonly kind: 'limit'; readonly flow: string; readonly from: number; readonly to: number }
  | {
      readonly kind: 'isolate'
      readonly step: IsolateProposal['step']
      readonly namespace: string
      readonly pods: readonly PodRef[]
      readonly from: number
      readonly to: number
    }
  /** The group is asked, and judges for itself. */
  | {
      readonly kind: 'failover'
      readonly namespace: string
      readonly group: string
      readonly from: number
      readonly to: number
      readonly resourceVersion: string
    }

/** A pod as it was read for this command. */
export interface PodRef extends PodName {
  readonly resourceVersion: string
  /**
   * Where its mark is set. By the annotation where the readiness gate carries it on, and where the label would take the pod
   * from its own workload.
   */
  readonly mark: 'label' | 'annotation'
  /** The value of that label so far. */
  readonly label: string | undefined
}

/** A pod as it was read for this decision. */
export interface FreshPod {
  readonly pod: Pod
  readonly resourceVersion: string
  /** Something owns it, which makes another in its place. */
  readonly hasController: boolean
  /** Its workload selects its pods by the label that is the mark. */
  readonly isSelectedByMark: boolean
}

export interface FeatureRef {
  readonly namespace: string
  readonly name: string
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
  /** The name of the Guard: under it, Features keep what it asks for. */
  readonly guard?: string
  /** The Features of the proposal, as read for this decision; those that are gone are left out. */
  readonly features?: Fresh<readonly StoredFeature[]>
  /** The pods of the target, as read for this decision. */
  readonly pods?: Fresh<readonly FreshPod[]>
  /** The FailoverGroup of the proposal, as read for this decision; `value` is undefined when there is none. */
  readonly group?: Fresh<FreshGroup | undefined>
  /** The most of the serving pods that may be out, when spec.remedies says so. */
  readonly maxEjected?: Ratio
  /** What the pods may hold of a server's connections, when spec.remedies says so. */
  readonly connections?: ConnectionUse
  /** Why the observer itself is suspected; absent while it is not. */
  readonly panic?: string
}

/** A shared server's connections, and the pods that hold some beside the wanted replicas. */
export interface ConnectionUse {
  readonly budget: ConnectionBudget
  readonly surge: Surge | undefined
  /** Pods that are ending, and hold theirs until they have. */
  readonly terminating: number
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
