// Resources that a service can run out of, and what is known of each: the words of diagnosis.
import { z } from 'zod'
import { TIMESTAMP } from './conditions.ts'
import type { Ratio } from './units.ts'

export const RESOURCES = [
  'cpu',
  'pool',
  'database',
  'queue',
  'fileDescriptors',
  'sockets',
  'eventLoop',
  'workers',
  'cache',
  'pod',
  'dependency',
] as const
export type ResourceName = (typeof RESOURCES)[number]

export interface KnownReading {
  readonly resource: ResourceName
  readonly kind: 'ok'
  /**
   * Of what there is: 1 is all of it. For a cache the share of its usual hits that it misses now; for a dependency the share
   * of calls that fail, or of their time that they did not take before; for a pod the same against its peers.
   */
  readonly utilisation: Ratio
  /** What it is measured on: "shop/checkout-7d9f-bcd2x", "node shop/node-exporter-x2x4z". */
  readonly of?: string
  /** In a few words, without the resource's name: "TIME_WAIT 28,100 of 28,232". */
  readonly amount: string
  /** One sentence with its numbers. */
  readonly evidence: string
  /** Something waits for it, or is refused, now: how it says so itself. */
  readonly saturation?: string
  /** Why the number may say less than it seems to: then nothing is High. */
  readonly doubt?: string
  /** How much of it there is, when that can be counted: connections, descriptors. */
  readonly max?: number
  /** Of a dependency: whether its calls fail or only take longer. */
  readonly sign?: 'fails' | 'slow'
}

export interface UnknownReading {
  readonly resource: ResourceName
  readonly kind: 'unknown'
  readonly of?: string
  readonly why: string
}

export type ResourceReading = KnownReading | UnknownReading

/** What one pod did over the last moments. */
export interface PodReading {
  readonly pod: string
  readonly requests: number
  /** Failed requests; undefined when the pod does not tell. */
  readonly errors: number | undefined
  /** Seconds; undefined when the pod does not tell. */
  readonly latencyP95: number | undefined
  /** Of its own connection pool; undefined when it has none. */
  readonly pool: { readonly used: number; readonly max: number } | undefined
}

export const CONFIDENCES = ['High', 'Medium', 'Low'] as const
export type Confidence = (typeof CONFIDENCES)[number]

export interface RuledOut {
  readonly resource: ResourceName
  readonly utilisation: Ratio
  /** "CPU 71 %", "database 300 of 800 connections". */
  readonly text: string
}

export type Diagnosis =
  | {
      readonly kind: 'known'
      readonly resource: ResourceName
      readonly utilisation: Ratio
      readonly of?: string
      readonly amount: string
      readonly confidence: Confidence
      readonly evidence: readonly string[]
      readonly ruledOut: readonly RuledOut[]
    }
  | { readonly kind: 'notKnown'; readonly why: string; readonly ruledOut: readonly RuledOut[] }

export const DIAGNOSIS_STATUS = z
  .object({
    at: TIMESTAMP.meta({ description: 'When it was made.' }),
    summary: z.string().meta({ description: 'The answer in one line, or not known and why.' }),
    resource: z
      .enum(RESOURCES)
      .optional()
      .meta({ description: 'The resource that binds; absent while that is not known.' }),
    utilisation: z.number().optional().meta({ description: 'How much of it is used, as a ratio.' }),
    of: z.string().optional().meta({ description: 'Where it was measured, when that is one pod or exporter.' }),
    confidence: z.enum(CONFIDENCES).optional().meta({ description: 'How sure that is, by the rules in the guide.' }),
    evidence: z.array(z.string()).meta({ description: 'What it rests on, one sentence each.' }),
    ruledOut: z
      .array(
        z.object({
          resource: z.enum(RESOURCES).meta({ description: 'A resource of which enough is left.' }),
          utilisation: z.number().meta({ description: 'How much of it is used, as a ratio.' }),
          text: z.string().meta({ description: 'The same in words.' }),
        }),
      )
      .meta({ description: 'What was looked at and is not the limit.' }),
  })
  .meta({ description: 'Which resource binds while a limit is breached.' })
export type DiagnosisStatus = Readonly<z.output<typeof DIAGNOSIS_STATUS>>

const TITLES: Readonly<Record<ResourceName, string>> = {
  cpu: 'CPU',
  pool: 'connection pool',
  database: 'database',
  queue: 'queue',
  fileDescriptors: 'file descriptors',
  sockets: 'TCP sockets',
  eventLoop: 'event loop',
  workers: 'workers',
  cache: 'cache',
  pod: 'one pod',
  dependency: 'dependency',
}

/** What a resource is called inside a sentence. */
export function nameOfResource(resource: ResourceName): string {
  return TITLES[resource]
}
