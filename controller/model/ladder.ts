// Where a Guard stands on its ladder of remedies, as status keeps it: enough for a successor to go on exactly there.
import { z } from 'zod'
import { TIMESTAMP } from './conditions.ts'
import type { EpochMs } from './units.ts'

export const LADDER_STATUS = z
  .object({
    rung: z.int().meta({ description: 'The highest remedy that is in use, counted from 1; 0 when none is.' }),
    why: z.string().meta({ description: 'What it waits for, or does next, in one sentence.' }),
    rungs: z
      .array(
        z.object({
          remedy: z.string().meta({ description: 'The remedy: degrade, limit, scale, isolate or failover.' }),
          state: z.enum(['Unused', 'Waiting', 'InUse', 'Spent']).meta({
            description: 'Unused, Waiting for the effect of its last act, InUse, or Spent: it has no more to give.',
          }),
          text: z.string().meta({ description: 'What it has done so far.' }),
        }),
      )
      .meta({ description: 'Every remedy, in the order of the spec.' }),
    since: TIMESTAMP.optional().meta({
      description: 'Since when it is climbed: the first breach with nothing in use.',
    }),
    calmSince: TIMESTAMP.optional().meta({ description: 'Since when all is calm while something is in use.' }),
    restoredAt: TIMESTAMP.optional().meta({ description: 'The last step back, while a breach would take it back.' }),
    relapses: z
      .int()
      .optional()
      .meta({ description: 'How often a step back had to be taken back: each doubles the calm before the next.' }),
    baseline: z
      .object({
        rps: z.number().meta({ description: 'Requests per second of one replica.' }),
        at: TIMESTAMP.meta({ description: 'When it was last corrected.' }),
        trial: z
          .object({
            rps: z.number().meta({ description: 'Requests per second of one replica.' }),
            since: TIMESTAMP.meta({ description: 'Since when.' }),
          })
          .optional()
          .meta({ description: 'A higher load that goes well so far.' }),
      })
      .optional()
      .meta({ description: 'The highest load of a replica at which no limit was breached, as observed.' }),
  })
  .meta({ description: 'The ladder of remedies; absent at its foot with nothing learned.' })
export type LadderStatus = Readonly<z.output<typeof LADDER_STATUS>>
export type Rung = Readonly<LadderStatus['rungs'][number]>

export const FLOW_LIMIT = z.object({
  flow: z.string().meta({ description: 'The business flow.' }),
  limit: z.number().meta({ description: 'Requests per second to let in, over all replicas.' }),
  since: TIMESTAMP.meta({ description: 'Since when it is limited.' }),
  reason: z.string().meta({ description: 'Why, in one sentence.' }),
  loweredAt: TIMESTAMP.optional().meta({ description: 'When a breach last lowered it.' }),
  usualLatency: z.number().optional().meta({ description: 'Its long-term mean latency in seconds, of Gradient2.' }),
})
export type FlowLimit = Readonly<z.output<typeof FLOW_LIMIT>>

/** The load that one replica was seen to carry without a breach. */
export interface Baseline {
  readonly rps: number
  readonly at: EpochMs
  /** A higher load that goes well so far. */
  readonly trial?: { readonly rps: number; readonly since: EpochMs }
}

/** What the ladder remembers between ticks. All times are whole milliseconds, so that status keeps them exactly. */
export interface LadderTimers {
  /** Since when this climb lasts: from the first breach until nothing is in use any more. */
  readonly since: EpochMs | undefined
  /** Since when all is calm; kept only while something is in use or was taken back. */
  readonly calmSince: EpochMs | undefined
  /** The last step back, while a breach would take it back. */
  readonly restoredAt: EpochMs | undefined
  readonly relapses: number
  readonly baseline: Baseline | undefined
}
