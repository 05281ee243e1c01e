// What a Guard says of failover as a remedy: which FailoverGroup is asked to switch.
import { z } from 'zod'
import { duration } from './schema-texts.ts'

export const FAILOVER_SPEC = z
  .strictObject({
    group: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'is not the name of a FailoverGroup' })
      .meta({ description: 'The FailoverGroup, in the same namespace.' }),
    effectWithin: duration('How long a switch may take to show. Not taken up for so long, the request lapses.', {
      min: '1s',
      max: '1h',
    }).prefault('60s'),
    cooldown: duration('The least time between the last act of any remedy and one of this.', { max: '1h' }).prefault(
      '60s',
    ),
  })
  .meta({
    description:
      'Ask a FailoverGroup to switch to another member, once, when the diagnosis points to it and its primary answers.',
  })

export type FailoverSpec = z.output<typeof FAILOVER_SPEC>
