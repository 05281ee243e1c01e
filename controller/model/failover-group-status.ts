// What Evenkeel writes into a FailoverGroup: who is active under which epoch, the switch under way, and what became of earlier ones.
import { z } from 'zod'
import { CONDITION, TIMESTAMP } from './conditions.ts'

/**
 * Failover: the primary is lost. Switchover: asked for, with the primary well. Failback: to the member it belongs to. Drill:
 * a rehearsal. Manager: the manager of a delegated group, or a person past us, did it. Adoption: the first sight of a primary.
 */
export const SWITCH_KINDS = ['Failover', 'Switchover', 'Failback', 'Drill', 'Manager', 'Adoption'] as const
export type SwitchKind = (typeof SWITCH_KINDS)[number]

/**
 * Fencing, Promoting, Following, Routing in this order; each is written before it is begun. From Promoting on, a switch is
 * finished and never abandoned. Unfencing: it was abandoned while Fencing, and the old primary takes writes again; written
 * first too, so that no leader promotes while another takes the fence back. Delegating: the only step of a delegated group.
 */
export const SWITCH_STEPS = ['Fencing', 'Unfencing', 'Promoting', 'Following', 'Routing', 'Delegating'] as const
export type SwitchStep = (typeof SWITCH_STEPS)[number]

const SWITCH = z.object({
  epoch: z.int().meta({ description: 'Its own epoch, which no other switch ever has.' }),
  kind: z.enum(SWITCH_KINDS).meta({ description: 'Why it is made.' }),
  from: z.string().meta({ description: 'The member that was the primary.' }),
  to: z.string().meta({ description: 'The member that becomes it. It never changes within an epoch.' }),
  step: z.enum(SWITCH_STEPS).meta({ description: 'What is being done.' }),
  stepSince: TIMESTAMP.meta({ description: 'Since when.' }),
  startedAt: TIMESTAMP.meta({ description: 'When it began.' }),
  by: z.string().meta({ description: 'Who asked for it: evenkeel, a person, a Guard, a drill.' }),
  reason: z.string().meta({ description: 'Why, for people.' }),
  fenced: z.string().optional().meta({ description: 'How the old primary is known to take no writes.' }),
  abandoned: z.string().optional().meta({ description: 'Why it is abandoned, while its fence is taken back.' }),
  request: z.string().optional().meta({ description: 'The request that it answers.' }),
})
export type Switch = Readonly<z.output<typeof SWITCH>>

export const SWITCH_OUTCOMES = ['Done', 'Abandoned', 'Failed', 'Refused'] as const
export type SwitchOutcome = (typeof SWITCH_OUTCOMES)[number]

const HISTORY_ENTRY = z.object({
  epoch: z.int().meta({ description: 'Its epoch; of one that was refused, the one it would have had.' }),
  kind: z.enum(SWITCH_KINDS).meta({ description: 'Why it was made.' }),
  from: z.string().optional().meta({ description: 'The primary before.' }),
  to: z.string().optional().meta({ description: 'The primary after.' }),
  startedAt: TIMESTAMP.meta({ description: 'When it began.' }),
  endedAt: TIMESTAMP.meta({ description: 'When it ended.' }),
  outcome: z.enum(SWITCH_OUTCOMES).meta({ description: 'What became of it.' }),
  by: z.string().meta({ description: 'Who asked for it.' }),
  reason: z.string().meta({ description: 'Why, and why not.' }),
})
export type HistoryEntry = Readonly<z.output<typeof HISTORY_ENTRY>>

const MEMBER = z.object({
  name: z.string().meta({ description: 'The member.' }),
  role: z.enum(['Primary', 'Replica', 'Unknown']).meta({ description: 'What it says that it is.' }),
  state: z.string().meta({ description: 'Answers, Refuses, Silent or Unknown, and why.' }),
  lag: z.number().optional().meta({ description: 'How far it is behind the primary, in the unit of the method.' }),
  position: z.number().optional().meta({ description: 'How far it was, in the unit of the method.' }),
  follows: z.string().optional().meta({ description: 'Of a replica: the member that it was last known to follow.' }),
  link: z
    .enum(['Up', 'Down'])
    .optional()
    .meta({ description: 'Of a replica: whether its link to the primary stands.' }),
  unfit: z.string().optional().meta({ description: 'Why it must not take over.' }),
  instance: z.string().optional().meta({ description: 'Which run of its process this is.' }),
  /** It was a primary until a switch of ours: it is to follow the new one when it comes back. */
  former: z.boolean().optional().meta({ description: 'It was replaced, and has not followed the new primary since.' }),
})

/** The last that was seen of the active member while it was well: what its fencing rests on when it answers no more. */
const LAST_SEEN = z.object({
  at: TIMESTAMP.meta({ description: 'When.' }),
  pod: z.string().optional().meta({ description: 'The name of its pod.' }),
  podUid: z.string().optional().meta({ description: 'The pod it was.' }),
  containerId: z.string().optional().meta({
    description: 'The container it was; absent until it is known for certain, which takes ten seconds.',
  }),
  instance: z.string().optional().meta({ description: 'Which run of its process.' }),
  position: z.number().optional().meta({ description: 'How far it was, in the unit of the method.' }),
  starves: z
    .object({
      replicas: z.int().meta({ description: 'With fewer replicas than this it takes no write…' }),
      afterMs: z.int().meta({ description: '…once they have been gone for so long.' }),
    })
    .optional()
    .meta({ description: 'Absent when it takes writes without any replica.' }),
  returnsWritable: z.string().optional().meta({
    description: 'Why it would take writes by itself after a restart, though another has taken over.',
  }),
})
export type LastSeen = Readonly<z.output<typeof LAST_SEEN>>

export const FAILOVER_GROUP_STATUS = z.object({
  observedGeneration: z.int().optional().meta({ description: 'The generation of the spec this status speaks of.' }),
  conditions: z
    .array(CONDITION)
    .optional()
    .meta({ description: 'What is known of the group, and what could be done.' }),
  method: z.string().optional().meta({ description: 'The method of the spec.' }),
  active: z.string().optional().meta({ description: 'The member that is the primary.' }),
  epoch: z.int().optional().meta({ description: 'Grows with each switch that is begun: the fencing token.' }),
  switch: SWITCH.optional().meta({ description: 'The switch under way.' }),
  members: z.array(MEMBER).optional().meta({ description: 'What was last seen of each.' }),
  lastSeen: LAST_SEEN.optional().meta({ description: 'The active member when it was last well.' }),
  block: z
    .object({
      epoch: z.int().meta({ description: 'The failover that began it, by its epoch.' }),
      until: TIMESTAMP.meta({ description: 'When it ends by itself.' }),
      acknowledgedAt: TIMESTAMP.optional().meta({ description: 'When somebody ended it before.' }),
    })
    .optional()
    .meta({ description: 'No automatic failover is made before this ends.' }),
  soakSince: TIMESTAMP.optional().meta({
    description: 'Since when the member to fail back to is well and without lag.',
  }),
  request: z
    .object({
      id: z.string().meta({ description: 'Its id.' }),
      outcome: z
        .enum(['Accepted', 'Done', 'Failed', 'Abandoned', 'Refused'])
        .meta({ description: 'What became of it.' }),
      message: z.string().meta({ description: 'Why.' }),
    })
    .optional()
    .meta({ description: 'The last request that was answered.' }),
  drill: z
    .object({
      at: TIMESTAMP.meta({ description: 'When it was made.' }),
      mode: z.enum(['Observe', 'Enforce']).meta({ description: 'What was rehearsed.' }),
      passed: z.boolean().meta({ description: 'Whether a failover would have been, or was, possible.' }),
      message: z.string().meta({ description: 'What was found.' }),
    })
    .optional()
    .meta({ description: 'The last rehearsal.' }),
  history: z.array(HISTORY_ENTRY).optional().meta({ description: 'The last switches, newest last; at most 20.' }),
})
export type MemberStatus = Readonly<z.output<typeof MEMBER>>
export type FailoverGroupStatus = Readonly<z.output<typeof FAILOVER_GROUP_STATUS>>
