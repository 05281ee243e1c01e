// Values and findings in the words of people: "1,840 req/s", "7.2 %", "612 ms".
import type { Finding, LimitName } from './assessment.ts'
import type { SignalName } from './signal.ts'

const wholeNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const shortNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** Writes the value of a signal or limit with its unit. */
export function describeValue(name: SignalName | LimitName, value: number): string {
  switch (name) {
    case 'rps':
      return `${value < 10 ? shortNumber.format(value) : wholeNumber.format(value)} req/s`
    case 'errors':
    case 'cpu':
    case 'pool':
      return `${shortNumber.format(value * 100)} %`
    case 'latency':
    case 'latencyP50':
    case 'latencyP95':
    case 'latencyP99':
      return value < 10
        ? `${value < 0.01 ? shortNumber.format(value * 1000) : wholeNumber.format(value * 1000)} ms`
        : `${shortNumber.format(value)} s`
    default:
      return wholeNumber.format(value)
  }
}

/** "28,232" */
export function describeCount(count: number): string {
  return wholeNumber.format(count)
}

const TITLES: Readonly<Record<LimitName, string>> = {
  rps: 'Load',
  errors: 'Error ratio',
  latency: 'p99 latency',
  cpu: 'CPU',
  pool: 'Connection pool',
  queue: 'Queue',
}

/** What a limit is called in a sentence. */
export function describeLimit(limit: LimitName): string {
  return TITLES[limit]
}

/** What a sentence about a finding needs. */
export type DescribedFinding = Pick<Finding, 'limit' | 'value' | 'threshold' | 'peak' | 'eased'>

/** "p99 latency is 812 ms, over its limit of 500 ms". */
export function describeFinding({ limit, value, threshold, peak, eased }: DescribedFinding): string {
  const of = limit === 'rps' ? 'what the ready replicas serve,' : 'its limit of'
  if (value === undefined) return `${TITLES[limit]} is unknown now; it was ${describeValue(limit, peak)}`
  return `${TITLES[limit]} is ${describeValue(limit, value)}, ${eased ? 'back under' : 'over'} ${of} ${describeValue(limit, threshold)}`
}
