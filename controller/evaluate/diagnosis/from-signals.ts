// The resources that a Guard's own signals and pods tell of: CPU, connection pools and the queue.
import type { LimitRules } from '../../model/assessment.ts'
import { describeCount, describeValue } from '../../model/describe.ts'
import type { PodReading, ResourceReading } from '../../model/resource.ts'
import type { Observation, Observations } from '../../model/signal.ts'

/** What is not observed at all has no reading. A queue is measured against its limit: it has no other size. */
export function readingsOfSignals(
  { cpu, pool, queue }: Observations,
  { thresholds }: Pick<LimitRules, 'thresholds'>,
): ResourceReading[] {
  const most = thresholds.queue
  return [
    ...reading('cpu', cpu, (value) => {
      const amount = describeValue('cpu', value)
      return { utilisation: value, amount, evidence: `The pods use ${amount} of their CPU.` }
    }),
    ...reading('pool', pool, (value) => {
      const amount = describeValue('pool', value)
      return { utilisation: value, amount, evidence: `${amount} of the connections in the pools are in use.` }
    }),
    ...reading('queue', queue, (value) => {
      if (most === undefined) return undefined
      const [now, limit] = [describeCount(value), describeCount(most)]
      const evidence = `${now} items wait in the queue; the limit is ${limit}.`
      return { utilisation: value / most, amount: `${now} waiting, limit ${limit}`, evidence }
    }),
  ]
}

/** The connection pool of each pod. */
export function readingsOfPods(pods: readonly PodReading[]): ResourceReading[] {
  return pods.flatMap(({ pod, pool }) => {
    if (pool === undefined || !(pool.max > 0)) return []
    const amount = `${describeCount(pool.used)} of ${describeCount(pool.max)} connections`
    const evidence = `The connection pool of ${pod} has ${amount} in use.`
    return [
      { resource: 'pool', kind: 'ok', utilisation: pool.used / pool.max, of: pod, amount, evidence, max: pool.max },
    ] as const
  })
}

type Measured = { readonly utilisation: number; readonly amount: string; readonly evidence: string }

function reading(
  resource: 'cpu' | 'pool' | 'queue',
  observation: Observation | undefined,
  measure: (value: number) => Measured | undefined,
): ResourceReading[] {
  if (observation === undefined) return []
  if (observation.kind === 'unknown') return [{ resource, kind: 'unknown', why: observation.why }]
  const measured = measure(observation.value)
  return measured === undefined ? [] : [{ resource, kind: 'ok', ...measured }]
}
