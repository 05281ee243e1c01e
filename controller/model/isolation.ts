// Pods that a Guard has taken out, as status keeps them: enough for a successor to give each back, and to know how often it was out.
import { z } from 'zod'
import { TIMESTAMP } from './conditions.ts'

export const ISOLATION = z.object({
  pod: z.string().meta({ description: 'Name of the pod.' }),
  uid: z.string().meta({ description: 'Its uid: another pod of the same name is not meant.' }),
  phase: z.enum(['Out', 'Trial']).meta({
    description: 'Out of load balancing, or back on trial: forgotten when it keeps well, out again when not.',
  }),
  ejections: z.int().meta({ description: 'How often it was taken out.' }),
  since: TIMESTAMP.meta({ description: 'Since when it is out, or on trial.' }),
  until: TIMESTAMP.meta({ description: 'Until when, at the least.' }),
  why: z.string().meta({ description: 'What was wrong with it, in one sentence.' }),
})
export type Isolation = Readonly<z.output<typeof ISOLATION>>

/** A pod that is clearly worse than its peers, now and not only a moment ago. */
export interface Conviction {
  /** "namespace/name" */
  readonly pod: string
  /** One sentence with its numbers, and those of its peers. */
  readonly evidence: string
}

/** Names one pod, and no other that may have its name later. */
export interface PodName {
  readonly name: string
  readonly uid: string
}
