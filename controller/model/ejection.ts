// How many pods may be out of load balancing at once: one rule for whoever takes pods out and for whoever tells load balancers of it.
import type { Ratio } from './units.ts'
import type { Pod } from './workload.ts'

/** With fewer of the serving pods well than this, the observer is suspected rather than the pods: none goes, and all are used. */
export const PANIC_BELOW: Ratio = 0.5

/** One of two may be out, or a small service would have no use of it; never the last one. */
export function mostEjected(pods: number, maxEjected: Ratio): number {
  if (!(maxEjected > 0)) return 0
  return Math.max(0, Math.min(pods - 1, Math.max(1, Math.floor(maxEjected * pods))))
}

export function isPanic(well: number, serving: number, panicBelow: Ratio): boolean {
  return serving > 0 && well < panicBelow * serving
}

/** Whether it counts at all: it runs, is not ending, and has been ready once. */
export function isServing({ phase, terminating, ready, readyUnknown, hasBeenReady }: Pod): boolean {
  return phase === 'Running' && !terminating && (ready || readyUnknown === true || hasBeenReady === true)
}

/** Nothing is known against a pod that serves. */
function isWell({ isolated, ready, readyUnknown }: Pod): boolean {
  return isolated !== true && (ready || readyUnknown === true)
}

export interface Places {
  readonly serving: number
  readonly well: number
  readonly out: number
}

/** Counts the pods of one workload. */
export function placesOf(pods: readonly Pod[]): Places {
  const serving = pods.filter(isServing)
  return {
    serving: serving.length,
    well: serving.filter(isWell).length,
    out: serving.filter(({ isolated }) => isolated === true).length,
  }
}

/** Why no pod more, one that is well so far, may be taken out; undefined when one may. */
export function objectionToEject({ serving, well, out }: Places, maxEjected: Ratio): string | undefined {
  if (isPanic(well, serving, PANIC_BELOW)) return `only ${well} of ${serving} pods are well: all are needed`
  const most = mostEjected(serving, maxEjected)
  if (out >= most) return `${out} of ${serving} pods are out, and no more than ${most} may be`
  // What would have to be given back at once is not begun.
  if (well <= 1 || isPanic(well - 1, serving, PANIC_BELOW))
    return `${well} of ${serving} pods are well, and one less would be too few`
  return undefined
}
