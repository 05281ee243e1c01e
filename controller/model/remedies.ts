// The remedies of a Guard: what may be done about a breach, each with its bounds and the time it needs to show.
import { z } from 'zod'
import { FAILOVER_SPEC, type FailoverSpec } from './failover-remedy.ts'
import { ISOLATE_SPEC, type IsolateSpec } from './isolate-spec.ts'
import { duration } from './schema-texts.ts'
import type { Milliseconds } from './units.ts'

/** What the loop may shed, in the order in which it does. */
export const SHEDDABLE_TIERS = ['Sheddable', 'SheddablePlus'] as const

const connections = z
  .strictObject({
    perReplica: z.int().min(1).meta({ description: 'Connections that one replica may open.' }),
    max: z.int().min(1).meta({ description: 'Connections that the server accepts from all its clients.' }),
    reserved: z.int().min(0).prefault(0).meta({ description: 'Connections of those that are kept for others.' }),
  })
  .meta({
    description:
      'A server whose connections the replicas share. More replicas are added only while all of them, those of a rollout and those that are ending included, stay within max less reserved.',
  })

const scale = z
  .strictObject({
    min: z.int().min(1).meta({ description: 'Never fewer replicas than this.' }),
    max: z.int().min(1).meta({ description: 'Never more replicas than this.' }),
    perReplica: z
      .strictObject({
        rps: z.number().gt(0).meta({ description: 'Requests per second one replica can serve, found by a load test.' }),
      })
      .optional()
      .meta({ description: 'The baseline of one replica.' }),
    connections: connections.optional(),
    effectWithin: duration('How long a scale-out may take to show. Until then a breached limit asks for no more.', {
      min: '1s',
      max: '1h',
    }).prefault('60s'),
    cooldown: duration('The least time between the last act of any remedy and one of this.', { max: '1h' }).prefault(
      '15s',
    ),
  })
  .meta({ description: 'Change the number of replicas.' })

const requirement = z.strictObject({
  key: z.string().min(1).meta({ description: 'The label.' }),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).meta({ description: 'How it is compared.' }),
  values: z.array(z.string()).optional().meta({ description: 'With what, for In and NotIn.' }),
})

const degrade = z
  .strictObject({
    tiers: z
      .array(z.enum(SHEDDABLE_TIERS))
      .min(1)
      .prefault([...SHEDDABLE_TIERS])
      .meta({
        description:
          'Which tiers may be shed; Sheddable always goes first. Critical and CriticalPlus are left to people.',
      }),
    selector: z
      .strictObject({
        matchLabels: z.record(z.string(), z.string()).optional().meta({ description: 'Labels, each with its value.' }),
        matchExpressions: z.array(requirement).optional().meta({ description: 'Requirements on labels.' }),
      })
      .prefault({})
      .meta({ description: 'Labels of the Features; without any, all of the namespace.' }),
    effectWithin: duration('How long it may take to show that features are off.', { min: '1s', max: '1h' }).prefault(
      '10s',
    ),
    cooldown: duration('The least time between the last act of any remedy and one of this.', { max: '1h' }).prefault(
      '5s',
    ),
  })
  .meta({ description: 'Switch Features off, tier by tier, and back on one at a time.' })

const limit = z
  .strictObject({
    flow: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
        error: 'is no name of a flow: write lower-case letters, digits and dashes',
      })
      .meta({
        description: 'The business flow, as its services know it. They read it as the number flag limit.<flow>.',
      }),
    baseline: z
      .number()
      .gt(0)
      .optional()
      .meta({ description: 'Requests per second of one replica. Default: the highest that went well, as observed.' }),
    floor: z.number().gt(0).meta({ description: 'Never fewer requests per second than this.' }),
    ceiling: z.number().gt(0).optional().meta({ description: 'Never more requests per second than this.' }),
    algorithm: z.enum(['AIMD', 'Gradient2']).prefault('AIMD').meta({
      description: 'How it follows the service: AIMD by breaches, Gradient2 by latency against its long-term mean.',
    }),
    effectWithin: duration('How long it may take to show that the flow is limited.', {
      min: '1s',
      max: '1h',
    }).prefault('10s'),
    cooldown: duration('The least time between the last act of any remedy and one of this.', { max: '1h' }).prefault(
      '5s',
    ),
  })
  .meta({ description: 'Tell services to let fewer requests of one business flow in.' })

export type ConnectionBudget = z.output<typeof connections>
export type ScaleSpec = z.output<typeof scale>
export type DegradeSpec = z.output<typeof degrade>
export type LimitSpec = z.output<typeof limit>

interface Specs {
  readonly scale: ScaleSpec
  readonly degrade: DegradeSpec
  readonly limit: LimitSpec
  readonly isolate: IsolateSpec
  readonly failover: FailoverSpec
}
export type RemedyName = keyof Specs
type Only<Name extends RemedyName> = Pick<Specs, Name> & {
  readonly [Other in Exclude<RemedyName, Name>]?: undefined
}

/** Exactly one of them. */
export type Remedy = { readonly [Name in RemedyName]: Only<Name> }[RemedyName]

/** As an object of optional fields, so that a mistyped name is told by its name. */
export const REMEDY = z
  .strictObject({
    scale: scale.optional(),
    degrade: degrade.optional(),
    limit: limit.optional(),
    isolate: ISOLATE_SPEC.optional(),
    failover: FAILOVER_SPEC.optional(),
  })
  .transform((given, context): Remedy => {
    const { scale, degrade, limit, isolate, failover } = given
    if (Object.values(given).filter((one) => one !== undefined).length === 1) {
      if (scale !== undefined) return { scale }
      if (degrade !== undefined) return { degrade }
      if (limit !== undefined) return { limit }
      if (isolate !== undefined) return { isolate }
      if (failover !== undefined) return { failover }
    }
    context.addIssue({
      code: 'custom',
      message: 'must have exactly one of scale, degrade, limit, isolate and failover',
    })
    return z.NEVER
  })

export function nameOfRemedy(remedy: Remedy): RemedyName {
  if (remedy.scale !== undefined) return 'scale'
  if (remedy.isolate !== undefined) return 'isolate'
  if (remedy.failover !== undefined) return 'failover'
  return remedy.degrade === undefined ? 'limit' : 'degrade'
}

/** What every remedy says about time. */
export function timesOf({ scale, degrade, limit, isolate, failover }: Remedy): {
  readonly effectWithin: Milliseconds
  readonly cooldown: Milliseconds
} {
  return scale ?? degrade ?? limit ?? isolate ?? failover
}

/** A Guard has at most one scale remedy. */
export function scaleOf(remedies: readonly Remedy[]): ScaleSpec | undefined {
  for (const { scale } of remedies) if (scale !== undefined) return scale
  return undefined
}

/** A Guard has at most one isolate remedy. */
export function isolateOf(remedies: readonly Remedy[]): IsolateSpec | undefined {
  for (const { isolate } of remedies) if (isolate !== undefined) return isolate
  return undefined
}

/** Whether any asks a FailoverGroup to switch. */
export function isAskingGroups(remedies: readonly Remedy[]): boolean {
  for (const { failover } of remedies) if (failover !== undefined) return true
  return false
}
