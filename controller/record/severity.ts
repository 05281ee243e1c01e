// How bad an Incident is: a warning, unless users feel it, nothing serves, or nothing is left to try.
import type { Assessment } from '../model/assessment.ts'

/** Why it is critical; undefined when it is a warning. What is unknown makes nothing critical. Pure. */
export function whyCritical({ findings, observations }: Assessment, isExhausted: boolean): string | undefined {
  if (findings.some(({ limit }) => limit === 'errors')) return 'requests fail'
  const { replicasWanted, replicasReady } = observations
  const isWanted = replicasWanted?.kind === 'ok' && replicasWanted.value > 0
  if (isWanted && replicasReady?.kind === 'ok' && replicasReady.value === 0) return 'no replica is ready'
  return isExhausted ? 'no remedy is left' : undefined
}
