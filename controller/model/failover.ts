// What is seen of a group in one look, what is decided about it, and what a method can do: the words of failover.
import type { Clock } from './clock.ts'
import type { JudgedCondition } from './conditions.ts'
import type { FailoverGroupSpec } from './failover-group.ts'
import type { FailoverGroupStatus, LastSeen, Switch, SwitchKind } from './failover-group-status.ts'
import type { EpochMs, Milliseconds } from './units.ts'
import type { ObjectRef } from './workload.ts'

/** A pod of a member, as the watch has it. */
export interface MemberPod extends ObjectRef {
  readonly ip: string | undefined
  readonly ready: boolean
  readonly terminating: boolean
}

/**
 * Whether a member can be spoken with. `refused`: something at its address says that nobody listens there. `silent`: nothing
 * comes back in time. `gone`: the API server has no pod of it, or none that has got an address yet, so that nothing can answer.
 * `unknown`: we could not even ask (credentials refused, a fault of our own): no ground for anything.
 */
export type Reach =
  | { readonly kind: 'answers' }
  | {
      readonly kind: 'refused' | 'silent' | 'gone' | 'unknown'
      readonly why: string
      /** Of a silent one: since it last answered it has taken a connection. It hangs, and may wake: only its end is the end. */
      readonly hangs?: true
    }

/** What one member says in one look. What it does not say is absent. */
export interface MemberReading {
  readonly name: string
  readonly reach: Reach
  readonly role?: 'Primary' | 'Replica'
  /** It would take a write now. */
  readonly isWritable?: boolean
  /** Its place in the stream of changes, in bytes or transactions; comparable among the members of one group. */
  readonly position?: number
  /** Of a replica: how far behind, when the member or its manager says so itself; else it is told from positions. */
  readonly lag?: number
  /** Of a replica: the member it follows; undefined when that address is no member's. */
  readonly follows?: string | undefined
  /** Of a replica: whether its link to the primary stands. */
  readonly link?: 'Up' | 'Down'
  /** Of a replica: since when it has heard nothing from its primary. */
  readonly primarySilentMs?: Milliseconds
  /** Which run of its process this is: another after a restart. */
  readonly instance?: string
  /** Of a primary: how many replicas it feeds. */
  readonly replicas?: number
  /** Of a primary: see LastSeen. */
  readonly starves?: LastSeen['starves']
  /** Of a primary: see LastSeen. */
  readonly returnsWritable?: string
  /** Of a primary: why it must not go on as one, though it answers: others have data that it has lost. */
  readonly lost?: string
  /** Why it must not take over, whatever its position: a replication error, a filter, a manager's tag. */
  readonly unfit?: string
}

/** All members in one look. */
export interface Look {
  readonly at: EpochMs
  readonly members: readonly MemberReading[]
  /** The member that the Service's selector names; undefined when it names none. Absent without a Service. */
  readonly routed?: string | undefined
  /** Of a delegated group: why its manager can't be asked, or does not let itself be. */
  readonly managerFault?: string
}

/** A group as a method needs it. */
export interface GroupTarget {
  readonly namespace: string
  readonly name: string
  readonly spec: FailoverGroupSpec
  /** The pods of each member, in the order of spec.members. */
  readonly pods: Readonly<Record<string, readonly MemberPod[]>>
  /** The pods behind the Service of the group's manager (spec.method.sentinel.service), in the order of their names. */
  readonly manager?: readonly MemberPod[]
  /** The Service of the group: members may know the primary by its name or address. */
  readonly route?: {
    readonly service: string
    readonly clusterIP?: string | undefined
    /** The member that it leads to. */
    readonly to: string | undefined
  }
  readonly credentials: MemberCredentials | undefined
}

export interface MemberCredentials {
  readonly username?: string | undefined
  readonly password: string
  /** Of methods mysql and redis: what a replica presents to its primary, from replicationUsername and replicationPassword. Default: the same. */
  readonly replication?: { readonly username: string; readonly password: string } | undefined
}

/** Which pod and container a member is: what its end is known by. */
export type PodIdentity = Pick<LastSeen, 'pod' | 'podUid' | 'containerId'>

/** The eyes of a method, of one group. It never throws: what can't be seen is a reading that says why. */
export interface FailoverObserver {
  look(target: GroupTarget, signal: AbortSignal): Promise<Omit<Look, 'at' | 'routed'>>
  /** Drops what it keeps open for this group. */
  close(): Promise<void>
}

/** `at` of what the old primary is known by to take no writes. */
export type FenceOutcome =
  | { readonly kind: 'fenced'; readonly by: 'Told' | 'Ended' | 'Starved' | 'Routed'; readonly why: string }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }

/** `waiting`: it was asked for, and does not show yet; ask again. `failed`: it can't be done now; ask again, up to a deadline. */
export type StepOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

/** What the hands of a method are given for one step. */
export interface SwitchContext {
  readonly target: GroupTarget
  readonly switch: Switch
  readonly look: Look
  readonly lastSeen: LastSeen | undefined
  readonly clock: Clock
  /** Ask immediately before each write: whether we lead, and the switch is still ours. */
  readonly mayWrite: () => boolean
  readonly signal: AbortSignal
}

/**
 * The hands of a method that has no manager. Every one of these can be called again at any time, by another process too, and
 * does not harm when it is: a step is asked for until it is done. None throws for what the other side does.
 */
export interface FailoverHands {
  /**
   * Makes the old primary unwritable by the means of the data store itself: told while it answers (a planned switch waits here
   * until `to` has all of it), starved while it does not. The pod's end is known, and its deletion asked for, elsewhere.
   */
  fence(context: SwitchContext): Promise<FenceOutcome>
  /** Takes the fence back when a switch is abandoned: the old primary takes writes and is followed as before. */
  unfence(context: SwitchContext): Promise<StepOutcome>
  /** Makes `to` the primary, and done only when it says itself that it is. */
  promote(context: SwitchContext): Promise<StepOutcome>
  /** Makes `member` a replica of `primary`, its own diverged writes dropped by the data store. Never on a member that is `primary`. */
  follow(
    target: GroupTarget,
    member: string,
    primary: string,
    context: Pick<SwitchContext, 'mayWrite' | 'signal' | 'clock'>,
  ): Promise<StepOutcome>
  /** Lets the primary take writes again after a restart; absent where it does so by itself. */
  resume?(
    target: GroupTarget,
    primary: string,
    context: Pick<SwitchContext, 'mayWrite' | 'signal' | 'clock'>,
  ): Promise<StepOutcome>
  close(): Promise<void>
}

/** The hands of a method whose manager makes the switch: asked once more, it does not begin another. */
export interface DelegatedHands {
  delegate(context: SwitchContext): Promise<StepOutcome>
  close(): Promise<void>
}

/** What a person or a Guard asks for, by annotation. */
export interface SwitchRequest {
  readonly id: string
  readonly kind: 'Switchover' | 'Failback'
  readonly to?: string | undefined
  readonly by: string
  /** Begun later than this, it would be about something that is over. */
  readonly until?: string | undefined
}

/** What the loop remembers of a group between looks; a value, begun anew by a new leader. Times are of the steady clock. */
export interface GroupMemory {
  /** The active member that it speaks of. */
  readonly active: string | undefined
  /** Where the active member was at the last look, when that is known: who has got so far is without lag. */
  readonly activePosition: number | undefined
  /** Since when the active member has not been well; anew after each look in which it was, or was unknown. */
  readonly downSince: EpochMs | undefined
  /** Looks since then. */
  readonly looksDown: number
  /** Since when the member to fail back to is well and without lag. */
  readonly soakSince: EpochMs | undefined
}

export interface GroupInput {
  readonly spec: FailoverGroupSpec
  readonly status: FailoverGroupStatus
  readonly look: Look
  readonly memory: GroupMemory
  readonly now: EpochMs
  readonly isLeading: boolean
  readonly clockUnsteadyUntil: EpochMs
  /** Why the observer itself is suspected. */
  readonly panic: string | undefined
  /** The epoch that a person has acknowledged. */
  readonly acknowledgedEpoch: number | undefined
  /** Not yet answered. */
  readonly request: SwitchRequest | undefined
  /** A rehearsal is due. */
  readonly isDrillDue: boolean
}

export interface SwitchPlan {
  readonly kind: SwitchKind
  readonly from: string
  readonly to: string
  readonly by: string
  /** Why, each a sentence. */
  readonly reasons: readonly string[]
  readonly request?: string
}

/** The one thing to do next. */
export type GroupStep =
  | { readonly kind: 'none' }
  /** The first sight of the primary; or the manager of a delegated group, or a person past us, has switched. */
  | { readonly kind: 'adopt'; readonly active: string; readonly how: 'Adoption' | 'Manager' }
  | { readonly kind: 'begin'; readonly plan: SwitchPlan }
  /** Its step is to be done, or asked for again. */
  | { readonly kind: 'continue'; readonly switch: Switch }
  /** To be written; then it goes on with the step Unfencing. */
  | { readonly kind: 'abandon'; readonly switch: Switch; readonly why: string }
  /** A member that is to follow the active one and does not. */
  | { readonly kind: 'rejoin'; readonly member: string; readonly why: string }
  /** The active member has restarted, and takes no writes until it is told. */
  | { readonly kind: 'resume'; readonly member: string; readonly why: string }
  /** The Service's selector does not name the active member. */
  | { readonly kind: 'route'; readonly to: string; readonly why: string }
  /** A switch is needed or asked for, and a rule stands against it. */
  | {
      readonly kind: 'refuse'
      readonly plan: Omit<SwitchPlan, 'to'> & { readonly to?: string }
      readonly why: readonly string[]
    }
  | { readonly kind: 'drill'; readonly passed: boolean; readonly message: string }

export interface GroupDecision {
  readonly step: GroupStep
  /** `would`: the mode is Observe. `veto`: a rule stands against acting at all now (not leading, the clock, a panic). */
  readonly verdict: 'act' | 'would' | 'veto'
  readonly why: readonly string[]
  readonly memory: GroupMemory
  readonly conditions: readonly JudgedCondition[]
}
