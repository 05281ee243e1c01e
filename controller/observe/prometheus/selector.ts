// Which series are a Guard's own, and one selector for the series of many Guards: never narrower than they need.
import type { PrometheusSpec } from './spec.ts'

/** Labels and a regular expression for the whole value of each. */
export type LabelMatch = Readonly<Record<string, string>>

/** What Kubernetes draws the random parts of pod names from: no vowels, so that no words come out. */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]'
/** More alternatives that are no plain words would cost the server more than series that nobody asked for. */
const MOST_PATTERNS = 32
const MOST_SELECTOR_CHARACTERS = 64 * 1024

/** The labels of a Guard's series: what its spec says, else its namespace and, of a workload, the names that its pods can have. */
export function matchOf(namespace: string, spec: Pick<PrometheusSpec, 'match' | 'podLabel' | 'workload'>): LabelMatch {
  if (spec.match !== undefined) return spec.match
  if (spec.workload === undefined) return { namespace: escapePattern(namespace) }
  const { kind, name } = spec.workload
  const suffix = kind === 'StatefulSet' ? '-[0-9]+' : `-${RANDOM}{1,10}-${RANDOM}{5}`
  return { namespace: escapePattern(namespace), [spec.podLabel]: escapePattern(name) + suffix }
}

function escapePattern(text: string): string {
  return text.replaceAll('.', '\\.')
}

/** Whether a series with these labels is selected. As in PromQL, a label that is absent has the empty value. */
export function createMatcher(match: LabelMatch): (labels: Readonly<Record<string, string>>) => boolean {
  const tests = Object.entries(match).map(([label, pattern]) => {
    if (isPlain(pattern)) return (labels: Readonly<Record<string, string>>) => (labels[label] ?? '') === pattern
    const whole = new RegExp(`^(?:${pattern})$`, 's')
    return (labels: Readonly<Record<string, string>>) => whole.test(labels[label] ?? '')
  })
  return (labels) => tests.every((test) => test(labels))
}

/**
 * PromQL matchers that select at least what each of `matches` does; all have the same labels. A pattern that the server's
 * regular expressions (RE2) might read otherwise than ours is left to us: one Guard's can't spoil the others' query.
 */
export function selectAny(matches: readonly LabelMatch[]): string[] {
  const labels = Object.keys(matches[0] ?? {}).sort()
  return labels.flatMap((label) => {
    const patterns = [...new Set(matches.map((match) => match[label] ?? ''))].sort()
    return matcherOf(label, patterns) ?? []
  })
}

function matcherOf(label: string, patterns: readonly string[]): string | undefined {
  if (patterns.some((pattern) => new RegExp(`^(?:${pattern})$`, 's').test(''))) return undefined
  const [first = ''] = patterns
  if (patterns.length === 1 && isPlain(first)) return `${label}=${quote(first)}`
  const unusual = patterns.filter((pattern) => !isPlain(pattern))
  const either = patterns.map((pattern) => (isPlain(pattern) ? pattern : `(?:${pattern})`)).join('|')
  const fits = unusual.length <= MOST_PATTERNS && either.length <= MOST_SELECTOR_CHARACTERS
  return fits && unusual.every(isCommon) ? `${label}=~${quote(either)}` : `${label}!=""`
}

/** Letters that stand for themselves in every regular expression. */
function isPlain(pattern: string): boolean {
  return /^[\w:/@ -]+$/.test(pattern)
}

/** The part of the language in which JavaScript's regular expressions and RE2 agree. */
function isCommon(pattern: string): boolean {
  return /^(?:[\w:/@ -]|\\[.-]|\.|\[[A-Za-z0-9-]+\]|\((?:\?:)?|\)|\||(?:[*+?]|\{\d{1,2}(?:,\d{1,2})?\})\??)*$/.test(
    pattern,
  )
}

/** A string as PromQL writes it. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
