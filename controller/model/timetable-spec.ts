// Times that come again by cron, as a Guard says them: maintenance, and schedules of replicas.
import { z } from 'zod'
import { duration } from './schema-texts.ts'

const times = {
  cron: z.string().meta({
    description: 'When it begins, as a cron expression of five fields: minute, hour, day of month, month, day of week.',
  }),
  timezone: z
    .string()
    .prefault('UTC')
    .meta({ description: 'Time zone of the cron expression, by its IANA name, like Europe/Berlin.' }),
  for: duration('How long it lasts. It must be over before it comes again.', { min: '1m', max: '7d' }),
}

export const MAINTENANCE = z
  .array(z.strictObject(times))
  .max(20)
  .prefault([])
  .meta({ description: 'Maintenance that comes again: the ledger leaves it out. Acts go on in it.' })

export const SCHEDULES = z
  .array(
    z.strictObject({
      ...times,
      scale: z
        .strictObject({ min: z.int().min(1).meta({ description: 'Never fewer replicas than this while it lasts.' }) })
        .meta({ description: 'What it asks of the scale remedy.' }),
    }),
  )
  .max(20)
  .prefault([])
  .meta({ description: 'Times at which the scale remedy has a higher min; the highest of those that are on counts.' })
