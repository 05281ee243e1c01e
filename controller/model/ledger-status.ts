// The running ledger as a Guard's status keeps it: for people to read, and for a successor to go on from.
import { z } from 'zod'
import { TIMESTAMP } from './conditions.ts'
import { INTERVAL_KINDS } from './ledger.ts'

const seconds = (description: string) => z.number().meta({ description })
const kind = z.enum(INTERVAL_KINDS).meta({ description: 'What the time was; all other time was up.' })

export const LEDGER_STATUS = z
  .object({
    since: TIMESTAMP.meta({ description: 'The first observed moment.' }),
    seenAt: TIMESTAMP.meta({ description: 'Up to when it speaks. A successor takes the time since for unknown.' }),
    open: z
      .array(z.object({ kind, start: TIMESTAMP.meta({ description: 'Since when.' }) }))
      .meta({ description: 'What is going on now.' }),
    recent: z
      .array(
        z.object({
          kind,
          start: TIMESTAMP.meta({ description: 'First moment.' }),
          end: TIMESTAMP.meta({ description: 'First moment after it.' }),
        }),
      )
      .meta({ description: 'What was, as it was seen; where several overlap, maintenance, down, unknown, degraded.' }),
    settledUntil: TIMESTAMP.optional().meta({ description: 'Time before this is only kept by day.' }),
    days: z
      .array(
        z.object({
          day: TIMESTAMP.meta({ description: 'Midnight, UTC.' }),
          observed: seconds('Seconds that have been added up; those of no other kind were up.'),
          down: seconds('Seconds of outage.'),
          degraded: seconds('Seconds in which it was up, but a limit was passed.'),
          unknown: seconds('Seconds of which nothing is known.'),
          maintenance: seconds('Seconds of maintenance.'),
          outages: z.int().meta({ description: 'Outages that ended in it.' }),
        }),
      )
      .optional()
      .meta({ description: 'The days that have been added up.' }),
    outages: z
      .array(
        z.object({
          start: TIMESTAMP.meta({ description: 'First moment.' }),
          end: TIMESTAMP.meta({ description: 'First moment after it.' }),
          down: seconds('Seconds of it outside maintenance.'),
        }),
      )
      .optional()
      .meta({ description: 'The outages of those days, as far as they are known one by one.' }),
    traffic: z
      .array(
        z.object({
          day: TIMESTAMP.meta({ description: 'Midnight, UTC.' }),
          requests: z.number().meta({ description: 'Requests, as far as their errors are known.' }),
          failed: z.number().meta({ description: 'Those that failed.' }),
        }),
      )
      .optional()
      .meta({ description: 'The requests of each day, for availability by requests.' }),
    maintenance: z
      .array(
        z.object({
          by: z.enum(['annotation', 'cron']).meta({ description: 'Announced on the Guard, or in spec.maintenance.' }),
          until: TIMESTAMP.meta({ description: 'When it ends.' }),
          cron: z.string().optional().meta({ description: 'The cron expression.' }),
          timezone: z.string().optional().meta({ description: 'Its time zone.' }),
        }),
      )
      .optional()
      .meta({ description: 'The maintenance that is on, and why.' }),
    fault: z.string().optional().meta({ description: 'An announcement of maintenance that can’t be read.' }),
  })
  .meta({ description: 'The ledger of outages: see evenkeel ledger.' })

export type LedgerStatus = Readonly<z.output<typeof LEDGER_STATUS>>
