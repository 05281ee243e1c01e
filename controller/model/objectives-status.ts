// Objectives as a Guard's status keeps them: for people to read, and for a successor to go on from.
import { z } from 'zod'
import { TIMESTAMP } from './conditions.ts'
import { OBJECTIVE_NAMES } from './objectives.ts'

const SLOT = z.array(z.number())
const slots = (description: string) => z.array(SLOT).meta({ description })

export const OBJECTIVE_STATUS = z.object({
  objective: z.enum(OBJECTIVE_NAMES).meta({ description: 'availability or latency.' }),
  text: z.string().meta({ description: 'The objective in words.' }),
  target: z.number().meta({ description: 'The share of requests that is to be good, as a ratio.' }),
  within: z.number().optional().meta({ description: 'Of latency: seconds within which a request is good.' }),
  window: z.number().meta({ description: 'Seconds over which the error budget is spent.' }),
  since: TIMESTAMP.meta({ description: 'When it began to be counted.' }),
  asOf: TIMESTAMP.meta({ description: 'Up to when it was counted.' }),
  requests: z.number().meta({ description: 'Requests in the window.' }),
  bad: z.number().meta({ description: 'Those of them that failed, or took longer.' }),
  budgetLeft: z.number().optional().meta({
    description: 'What is left of the error budget, as a ratio; below 0 when it is overspent, absent without requests.',
  }),
  coverage: z.number().optional().meta({
    description: 'The share of the window’s time, since it is counted, that was watched, as a ratio.',
  }),
  burns: z
    .array(
      z.object({
        pair: z.string().meta({ description: 'The long and the short window, like 1h/5m.' }),
        factor: z.number().meta({ description: 'It burns while both rates are above this…' }),
        long: z.number().optional().meta({ description: 'Burn rate over the long window; absent without requests.' }),
        short: z.number().optional().meta({ description: 'Burn rate over the short window; absent without requests.' }),
        burningSince: TIMESTAMP.optional().meta({ description: '…which has been so since then.' }),
      }),
    )
    .meta({
      description:
        'How fast the budget is spent: 1 would spend all of it by the end of the window. Pairs that can never burn are left out.',
    }),
  note: z.string().optional().meta({ description: 'What the figures can’t tell exactly.' }),
  counts: z
    .object({
      open: SLOT.meta({ description: 'The five minutes that go on.' }),
      minutes: slots('The five minutes of the last six hours.'),
      hours: slots('The hours of the last three days.'),
      days: slots('The UTC days of the window.'),
    })
    .meta({
      description:
        'What it is made of: of each stretch its beginning (in its own lengths since 1970), requests, bad requests, and, when that is not all of it, the seconds that were watched.',
    }),
})

export type ObjectiveStatus = Readonly<z.output<typeof OBJECTIVE_STATUS>>
