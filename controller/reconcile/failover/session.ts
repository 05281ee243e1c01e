// What the loop holds of one FailoverGroup between looks. All that must survive a restart is in the status of `known`.
import type { Hands } from '../../act/failover/methods.ts'
import type { StoredFailoverGroup } from '../../kube/failover-group.ts'
import type { FailoverObserver, GroupMemory, MemberReading } from '../../model/failover.ts'
import type { FailoverGroupSpec, FailoverMethodName } from '../../model/failover-group.ts'
import type { LastSeen } from '../../model/failover-group-status.ts'
import type { EpochMs } from '../../model/units.ts'
import type { Schedule } from '../../runtime/schedule.ts'
import type { Identities } from './identity.ts'

export interface GroupSession {
  readonly key: string
  readonly uid: string
  readonly generation: number
  readonly spec: FailoverGroupSpec
  readonly method: FailoverMethodName
  readonly observer: FailoverObserver
  readonly hands: Hands
  readonly identities: Identities
  readonly drill: Schedule | undefined
  /** The newest that is known of the object: as the watch has it, as we read it, or as we wrote it. */
  known: StoredFailoverGroup
  /** What a write became of is not known: it is read before anything else. */
  mustRead: boolean
  memory: GroupMemory
  /** Newer than what status has, and of the same active member and epoch. */
  seen: { readonly active: string; readonly epoch: number | undefined; readonly lastSeen: LastSeen } | undefined
  members: readonly MemberReading[]
  /** When status was last written, or found to need no writing. */
  writtenAt: EpochMs
  isDrillDue: boolean
  /** A member did not take the credentials: they may have been changed. */
  credentialsRefused: boolean
  /** Jumps of the clock that have been taken account of. */
  jumps: number
  /** What was last said of a decision, of a step and of a rejoin, so that the same is said once. */
  readonly told: Map<string, string>
}
