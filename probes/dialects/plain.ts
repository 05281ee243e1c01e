// Plain HTTP: a status for load balancers, a line for people. As `drain`, out is 404, which HAProxy's disable-on-404 takes for a soft stop.
import type { NotKnown, PodVerdict, ServiceVerdict } from '../verdicts.ts'

/** What is sent over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Unknown is 200: it never takes anything out. */
export function plainAnswer(verdict: PodVerdict | ServiceVerdict | NotKnown, outStatus: 503 | 404): HttpAnswer {
  const status = verdict.kind === 'known' && verdict.place === 'out' ? outStatus : 200
  return { status, type: 'text/plain; charset=utf-8', body: `${lineOf(verdict)}\n` }
}

function lineOf(verdict: PodVerdict | ServiceVerdict | NotKnown): string {
  if (verdict.kind === 'unknown') return `unknown: ${verdict.why}`
  return `${verdict.place}, weight ${verdict.weight} %: ${'pods' in verdict ? pods(verdict) : verdict.why}`
}

/** How many of its pods are in, and that there is a panic. */
export function pods({ pods: all, isPanic }: ServiceVerdict): string {
  if (all.length === 0) return 'it has no pods'
  const count = `${all.filter(({ place }) => place === 'in').length} of ${all.length} pods are in`
  return isPanic ? `${count}: too few are well, so that all are used` : count
}
