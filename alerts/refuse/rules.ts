// What is wrong with rules before anyone loads them: expressions that do not parse, quotients of nothing, alerts that can't be routed.
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import type { AlertRule, RecordingRule } from '../model.ts'
import { isSteady } from '../promql.ts'
import type { Refusal } from './limits.ts'

/** What routes, groups and inhibition rest on. */
export const REQUIRED_LABELS = ['service', 'namespace', 'slo', 'severity', 'team'] as const

/** Metrics and recorded series that are never above 1, by what their names end in. */
const SHARE = /(_ratio|:ratio|:ratio_rate\w*)$/

type AnyRule = Pick<RecordingRule, 'record' | 'expr'> | Pick<AlertRule, 'alert' | 'expr' | 'labels'>

export function faultsOfRules(rules: readonly AnyRule[]): Refusal[] {
  return rules.flatMap((rule) => {
    const where = 'alert' in rule ? `the alert ${rule.alert}` : `the recording rule ${rule.record}`
    const faults = [...faultsOfExpression(rule.expr), ...('alert' in rule ? faultsOfLabels(rule.labels) : [])]
    return faults.map(([why, remedy]): Refusal => ({ where, why, remedy }))
  })
}

type Fault = readonly [why: string, remedy: string]

function faultsOfExpression(expr: string): Fault[] {
  const faults: Fault[] = []
  parser.parse(expr).iterate({
    enter({ type, node, from }) {
      if (type.isError && faults.length === 0)
        faults.push([`“${expr}” does not parse at “${expr.slice(from, from + 20)}”`, 'correct it'])
      if (type.name !== 'BinaryExpr') return
      const [left, right] = [node.firstChild, node.lastChild]
      if (left === null || right === null) return
      const text = (one: SyntaxNode) => expr.slice(one.from, one.to)
      if (node.getChild('Div') !== null && !isNeverZero(right, text))
        faults.push([
          `“${text(node)}” divides by what may be nothing, and gives NaN or infinity then`,
          `divide by (${text(right)} > 0), which gives nothing then`,
        ])
      const bound = numberOf(right, text)
      const isAbove = node.getChild('Gtr') !== null || node.getChild('Gte') !== null
      const isOnlyAbove = node.getChild('Gtr') !== null
      if (isAbove && bound !== undefined && isShare(left, text) && (bound > 1 || (isOnlyAbove && bound === 1)))
        faults.push([`“${text(node)}” can never be: it is a share`, 'compare it with less than 1'])
    },
  })
  return faults
}

/** A number that is not 0, or something that is only there while it is above 0. */
function isNeverZero(node: SyntaxNode, text: (node: SyntaxNode) => string): boolean {
  const inner = unwrapped(node)
  const number = numberOf(inner, text)
  if (number !== undefined) return number !== 0
  if (inner.name !== 'BinaryExpr' || inner.lastChild === null || inner.getChild('BoolModifier') !== null) return false
  if (inner.getChild('Gtr') === null) return false
  const bound = numberOf(inner.lastChild, text)
  return bound !== undefined && bound >= 0 && !text(inner).includes(' bool ')
}

function isShare(node: SyntaxNode, text: (node: SyntaxNode) => string): boolean {
  const inner = unwrapped(node)
  const name = inner.name === 'VectorSelector' ? inner.getChild('Identifier') : null
  return name !== null && SHARE.test(text(name))
}

function numberOf(node: SyntaxNode, text: (node: SyntaxNode) => string): number | undefined {
  const inner = unwrapped(node)
  if (!/^(NumberLiteral|NumberDurationLiteral)/.test(inner.name)) return undefined
  const number = Number(text(inner))
  return Number.isNaN(number) ? undefined : number
}

function unwrapped(node: SyntaxNode): SyntaxNode {
  let inner = node
  while (inner.name === 'ParenExpr') {
    const next: SyntaxNode | null = inner.firstChild
    if (next === null) return inner
    inner = next
  }
  return inner
}

function faultsOfLabels(labels: AlertRule['labels']): Fault[] {
  const missing = REQUIRED_LABELS.filter((name) => (labels[name] ?? '') === '')
  const changing = Object.entries(labels).filter(([, value]) => !isSteady(value))
  return [
    ...missing.map((name): Fault => [`has no label ${name}`, 'add it: routes, groups and inhibition rest on it']),
    ...changing.map(
      ([name, value]): Fault => [
        `has the label ${name} “${value}”, which changes with the value: each change would be another alert`,
        'put it into an annotation',
      ],
    ),
  ]
}
