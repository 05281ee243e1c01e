// Conditions as Kubernetes writes them, and how one changes: the transition time moves only when the status does.
import { z } from 'zod'

export const TIMESTAMP = z.string().meta({ format: 'date-time' })

export const CONDITION = z.object({
  type: z.string().meta({ description: 'What the condition is about.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'True, False or Unknown.' }),
  reason: z.string().meta({ description: 'One CamelCase word for programs.' }),
  message: z.string().meta({ description: 'One sentence for people.' }),
  lastTransitionTime: TIMESTAMP.meta({ description: 'When the status last changed.' }),
  observedGeneration: z.int().optional().meta({ description: 'The generation of the spec it speaks of.' }),
})

export type Condition = Readonly<z.output<typeof CONDITION>>
export type ConditionStatus = Condition['status']

/** A condition without the time it began, as judged now. */
export type JudgedCondition = Omit<Condition, 'lastTransitionTime'>

/** Carries the transition time of the previous condition of that type on, unless its status changed. */
export function transition(
  previous: readonly Condition[],
  judged: readonly JudgedCondition[],
  now: string,
): Condition[] {
  return judged.map((condition) => {
    const before = previous.find((one) => one.type === condition.type)
    return { ...condition, lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : now }
  })
}
