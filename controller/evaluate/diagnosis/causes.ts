// What diagnosis goes by, as data: when each resource is used up, what comes first, what follows from what, and what must be looked at.
import type { KnownReading, ResourceName } from '../../model/resource.ts'
import type { Ratio } from '../../model/units.ts'

/** What can be named. A dependency that fails and one that is slow come at different places among the others. */
export type Cause = Exclude<ResourceName, 'dependency'> | 'dependencyFails' | 'dependencySlow'

/**
 * The order in which causes are looked for: what others follow from stands before them. Walls that refuse at once come
 * first, then what makes calls fail, then what makes all else wait, then what fills up while it waits.
 */
export const CAUSES = [
  'sockets',
  'fileDescriptors',
  'pod',
  'cache',
  'dependencyFails',
  'database',
  'cpu',
  'eventLoop',
  'dependencySlow',
  'pool',
  'workers',
  'queue',
] as const satisfies readonly Cause[]

export interface CauseRules {
  /** Used up from here on. */
  readonly bindsAt: Ratio
  /** Not far from it; below this it is ruled out. A queue of waiters turns close into used up. */
  readonly closeAt: Ratio
  /** What may be at its limit only since this one is. */
  readonly leadsTo: readonly Cause[]
  /** What shows the same signs, and must have been looked at before this one is named with High confidence. */
  readonly notBefore: readonly Cause[]
}

/** CPU has nothing between: busy is not used up. */
export const RULES: Readonly<Record<Cause, CauseRules>> = {
  sockets: {
    bindsAt: 0.9,
    closeAt: 0.7,
    leadsTo: ['dependencyFails', 'pool', 'workers', 'queue'],
    notBefore: ['cpu'],
  },
  fileDescriptors: {
    bindsAt: 0.9,
    closeAt: 0.7,
    leadsTo: ['dependencyFails', 'pool', 'workers', 'queue'],
    notBefore: ['cpu'],
  },
  pod: { bindsAt: 0, closeAt: 0, leadsTo: [], notBefore: [] },
  cache: {
    bindsAt: 0.5,
    closeAt: 0.25,
    leadsTo: ['database', 'dependencySlow', 'cpu', 'eventLoop', 'pool', 'workers', 'queue'],
    notBefore: [],
  },
  dependencyFails: { bindsAt: 0.1, closeAt: 0.05, leadsTo: ['pool', 'workers', 'queue'], notBefore: ['cpu'] },
  database: {
    bindsAt: 0.95,
    closeAt: 0.85,
    leadsTo: ['dependencyFails', 'dependencySlow', 'pool', 'workers', 'queue'],
    notBefore: ['cpu'],
  },
  cpu: {
    bindsAt: 0.9,
    closeAt: 0.9,
    leadsTo: ['eventLoop', 'dependencySlow', 'pool', 'workers', 'queue'],
    notBefore: [],
  },
  eventLoop: {
    bindsAt: 0.9,
    closeAt: 0.7,
    leadsTo: ['dependencySlow', 'pool', 'workers', 'queue'],
    notBefore: ['cpu'],
  },
  // Three times its usual time, and twice.
  dependencySlow: { bindsAt: 2 / 3, closeAt: 0.5, leadsTo: ['pool', 'workers', 'queue'], notBefore: ['cpu'] },
  pool: { bindsAt: 0.95, closeAt: 0.85, leadsTo: ['workers', 'queue'], notBefore: ['cpu', 'database'] },
  workers: { bindsAt: 0.95, closeAt: 0.85, leadsTo: ['queue'], notBefore: ['cpu'] },
  queue: { bindsAt: 1, closeAt: 0.8, leadsTo: [], notBefore: ['workers'] },
}

export type Level = 'binds' | 'close' | 'free'

export function levelOf(cause: Cause, { utilisation, saturation }: KnownReading): Level {
  const { bindsAt, closeAt } = RULES[cause]
  if (utilisation >= bindsAt) return 'binds'
  if (utilisation < closeAt) return 'free'
  return saturation === undefined ? 'close' : 'binds'
}

export function causeOf({ resource, sign }: KnownReading): Cause {
  if (resource !== 'dependency') return resource
  return sign === 'slow' ? 'dependencySlow' : 'dependencyFails'
}

export function resourceOf(cause: Cause): ResourceName {
  return cause === 'dependencyFails' || cause === 'dependencySlow' ? 'dependency' : cause
}
