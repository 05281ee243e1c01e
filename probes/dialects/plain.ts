// Plain HTTP: a status for load balancers, a line for people. As `drain`, out is 404: a soft stop to HAProxy's disable-on-404.
import type { NotKnown, PodVerdict, ServiceVerdict } from '../verdicts.ts'

/** What is sent over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** 200 or 503. Unknown is 200: it never takes anything out. */
export function plainAnswer(verdict: PodVerdict | ServiceVerdict | NotKnown): HttpAnswer {
  return lineWith(verdict.kind === 'known' && verdict.place === 'out' ? 503 : 200, verdict)
}

/** 200 or 404. Unknown is 503: with a high `fall`, a check that fails leaves the server as it was. */
export function drainAnswer(verdict: PodVerdict | ServiceVerdict | NotKnown): HttpAnswer {
  return lineWith(verdict.kind === 'unknown' ? 503 : verdict.place === 'out' ? 404 : 200, verdict)
}

function lineWith(status: number, verdict: PodVerdict | ServiceVerdict | NotKnown): HttpAnswer {
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
