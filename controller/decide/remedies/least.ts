// The least replicas that a target may have now: what the remedy says, or a schedule that is on and asks for more.
import type { ScaleInput } from './scale.ts'

type Least = Pick<ScaleInput, 'spec' | 'floor'>

/** Never above the remedy's max. */
export function leastReplicas({ spec, floor }: Least): number {
  return floor === undefined ? spec.min : Math.min(spec.max, Math.max(spec.min, floor.min))
}

/** "2", or '6 by the schedule "0 9 * * 1-5" (Asia/Shanghai), until 2026-01-05T11:00:00.000Z'. */
export function describeLeast({ spec, floor }: Least): string {
  const least = leastReplicas({ spec, floor })
  return floor === undefined || floor.min <= spec.min ? `${least}` : `${least} by ${floor.schedule}`
}
