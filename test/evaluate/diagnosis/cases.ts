// What the tests of diagnosis share: readings in a few words, and a service that is calm.
import type { DiagnosisInput } from '../../../controller/evaluate/diagnosis/diagnose.ts'
import type { Finding, LimitName } from '../../../controller/model/assessment.ts'
import type { KnownReading, PodReading, ResourceName, UnknownReading } from '../../../controller/model/resource.ts'
import type { Observation } from '../../../controller/model/signal.ts'

export const ok = (value: number): Observation => ({ kind: 'ok', value })
export const unseen = (why: string): Observation => ({ kind: 'unknown', why })

export function reading(
  resource: ResourceName,
  used: number,
  max: number,
  more: Partial<KnownReading> = {},
): KnownReading {
  const amount = `${used} of ${max}`
  return { resource, kind: 'ok', utilisation: used / max, amount, evidence: `${amount} are in use.`, max, ...more }
}

export const blind = (resource: ResourceName, why = 'connection refused'): UnknownReading => ({
  resource,
  kind: 'unknown',
  why,
})

/** A pod of which so many of 100 requests failed. */
export function pod(name: string, failed: number, more: Partial<PodReading> = {}): PodReading {
  return { pod: name, requests: 100, errors: failed, latencyP95: 0.04, pool: undefined, ...more }
}

export function finding(limit: LimitName): Finding {
  return { limit, onset: 0, confirmedAt: 2000, value: 1, threshold: 0.5, peak: 1, eased: false }
}

export function input(more: Partial<DiagnosisInput>): DiagnosisInput {
  return {
    observations: { cpu: ok(0.5) },
    findings: [finding('latency')],
    readings: [],
    pods: [],
    rules: { thresholds: { errors: 0.05, latency: 0.5, cpu: 0.9, pool: 0.8, queue: 1000 } },
    minimumRequests: 20,
    ...more,
  }
}

export const slow = (utilisation: number, of = 'payments'): KnownReading => ({
  resource: 'dependency',
  kind: 'ok',
  utilisation,
  of,
  sign: 'slow',
  amount: `${of}, 900 ms a call, usually 90 ms`,
  evidence: `Calls to ${of} take 900 ms in the mean; 90 ms is usual.`,
})

export const fails = (utilisation: number, of = 'payments'): KnownReading => ({
  resource: 'dependency',
  kind: 'ok',
  utilisation,
  of,
  sign: 'fails',
  amount: `${of}, ${utilisation * 100} % of calls fail`,
  evidence: `${utilisation * 100} % of 500 calls to ${of} fail.`,
})
