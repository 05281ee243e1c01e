// What a Guard says of isolation: how many pods may be out, for how long, and when a pod is given up.
import { z } from 'zod'
import { duration, percent } from './schema-texts.ts'
import type { Milliseconds } from './units.ts'

export const ISOLATE_SPEC = z
  .strictObject({
    maxEjected: percent(
      'No more of the serving pods are out at once. One of several always may be, and never the last one.',
    ).prefault('30%'),
    ejectFor: duration('How long a pod is out: the first time so long, the second time twice, and so on…', {
      min: '1s',
      max: '1h',
    }).prefault('30s'),
    maxEjectFor: duration('…but never longer than this.', { min: '1s', max: '24h' }).prefault('5m'),
    deleteAfter: z.int().min(0).max(100).prefault(3).meta({
      description:
        'A pod that was out so often and is bad again is deleted, so that its controller replaces it. 0 deletes none.',
    }),
    effectWithin: duration('How long it may take to show; until then no other remedy begins. At least limits.window.', {
      min: '1s',
      max: '1h',
    }).prefault('15s'),
    cooldown: duration(
      'The least time between the last act of any remedy and one of this. Giving a pod back never waits.',
      {
        max: '1h',
      },
    ).prefault('0s'),
  })
  .meta({
    description: 'Take a pod that is clearly worse than its peers out of load balancing, and give it back later.',
  })

export type IsolateSpec = z.output<typeof ISOLATE_SPEC>

/** How long the ejection lasts that is the n-th of a pod. */
export function ejectionMs({ ejectFor, maxEjectFor }: IsolateSpec, ejections: number): Milliseconds {
  return Math.min(Math.max(ejectFor, maxEjectFor), ejectFor * Math.max(1, ejections))
}
