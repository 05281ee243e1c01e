// The vital signs of a service, and what is known about each at a moment.

/**
 * | signal | unit | over the pods |
 * |---|---|---|
 * | rps | requests per second | sum |
 * | errors | ratio of requests that failed | errors / requests |
 * | latencyP50, latencyP95, latencyP99 | seconds | quantile of the summed histogram |
 * | cpu | ratio of the CPU each pod may use | mean |
 * | pool | ratio of the connections in use | used / maximum |
 * | queue | waiting items | sum, or the largest when the queue is shared |
 * | replicasWanted, replicasReady | pods | from the workload |
 */
export const SIGNALS = [
  'rps',
  'errors',
  'latencyP50',
  'latencyP95',
  'latencyP99',
  'cpu',
  'pool',
  'queue',
  'replicasWanted',
  'replicasReady',
] as const
export type SignalName = (typeof SIGNALS)[number]

/** A signal that could be measured. `missing` names what was not seen when only part of the pods answered. */
export interface Known {
  readonly kind: 'ok'
  readonly value: number
  readonly missing?: string
}
/** A signal that could not be measured, and why: neither healthy nor broken. */
export interface Unknown {
  readonly kind: 'unknown'
  readonly why: string
  /** The pods were seen, but too few requests came to judge by: a quiet service, not a blind observer. */
  readonly idle?: true
}
export type Observation = Known | Unknown

/** One reading of a service. A signal that is undefined is not observed by this Guard at all. */
export type Observations = { readonly [K in SignalName]?: Observation | undefined }

/** A reading with the replicas added. Spelled out, so that every reading has the same shape. */
export function withReplicas(seen: Observations, wanted: number, ready: number): Observations {
  return {
    rps: seen.rps,
    errors: seen.errors,
    latencyP50: seen.latencyP50,
    latencyP95: seen.latencyP95,
    latencyP99: seen.latencyP99,
    cpu: seen.cpu,
    pool: seen.pool,
    queue: seen.queue,
    replicasWanted: { kind: 'ok', value: wanted },
    replicasReady: { kind: 'ok', value: ready },
  }
}
