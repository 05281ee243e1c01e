// Reads expressions as the rules need them: what does not parse, and every selector with the functions around it.
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Expression {
  /** The first place that does not parse, as a piece of the text; undefined when all of it does. */
  readonly fault: string | undefined
  readonly selectors: readonly Selector[]
  readonly rates: readonly RateCall[]
}

export interface Selector {
  /** Undefined when it names no metric. */
  readonly metric: string | undefined
  /** What stands in its braces, with variables as $name. */
  readonly matchers: string
  /** The functions that it is inside of, from the inside out. */
  readonly functions: readonly string[]
}

/** A call of rate or irate, and the range of its argument, such as $__rate_interval. */
export interface RateCall {
  readonly name: string
  readonly range: string
}

/** Grafana's own spans of time, and stand-ins of no length that anyone would write. */
const SPANS: Readonly<Record<string, string>> = {
  __rate_interval: '1013ms',
  __interval: '1019ms',
  __range: '1021ms',
}
const OTHER_SPAN = '1031ms'
const VARIABLE = /\$(?<plain>[a-zA-Z_]\w*)|\$\{(?<braced>\w+)(?:[.:][^}]*)?\}|\[\[(?<old>\w+)(?::[^\]]*)?\]\]/g

/** The names of all variables in a text, Grafana's own and the board's. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)].flatMap(({ groups }) => groups?.plain ?? groups?.braced ?? groups?.old ?? [])
}

/**
 * Reads an expression of a board. A variable may stand for a name, a number or a span of time: the expression is right when
 * it is with one of them.
 */
export function readExpression(expr: string): Expression {
  const readings = (['number', 'name', 'span'] as const).map((meaning) => read(replaceVariables(expr, meaning)))
  const [, asName] = readings
  return readings.find(({ fault }) => fault === undefined) ?? asName ?? { fault: expr, selectors: [], rates: [] }
}

function replaceVariables(expr: string, meaning: 'name' | 'number' | 'span'): string {
  return expr.replace(VARIABLE, (text, plain?: string, braced?: string, old?: string, offset = 0) => {
    const name = plain ?? braced ?? old ?? ''
    const span = SPANS[name]
    if (span !== undefined) return span
    // Inside of brackets only a span of time can stand.
    if (/[[:]\s*$/.test(expr.slice(0, offset)) && /^\s*[\]:]/.test(expr.slice(offset + text.length))) return OTHER_SPAN
    if (meaning === 'number' && !isQuoted(expr, offset)) return '1'
    if (meaning === 'span' && !isQuoted(expr, offset)) return OTHER_SPAN
    return standIn(name)
  })
}

const standIn = (name: string) => `VARIABLE_${name}_`

function isQuoted(text: string, offset: number): boolean {
  let quote = ''
  for (let index = 0; index < offset; index++) {
    const letter = text.charAt(index)
    if (quote !== '' && letter === '\\' && quote !== '`') index++
    else if (letter === quote) quote = ''
    else if (quote === '' && /["'`]/.test(letter)) quote = letter
  }
  return quote !== ''
}

function read(text: string): Expression {
  const selectors: Selector[] = []
  const rates: RateCall[] = []
  let fault: string | undefined
  const textOf = ({ from, to }: { from: number; to: number }) => text.slice(from, to)
  parser.parse(text).iterate({
    enter({ type, node, from }) {
      if (type.isError) fault ??= shown(text, from)
      if (type.name === 'VectorSelector') selectors.push(readSelector(node, textOf))
      if (type.name !== 'FunctionCall') return
      const name = textOf(node.getChild('FunctionIdentifier') ?? { from, to: from })
      if (name === 'rate' || name === 'irate') rates.push({ name, range: rangeOf(node, textOf) })
    },
  })
  return { fault, selectors, rates }
}

/** The text with the names of variables in place of their stand-ins. */
function shown(text: string, from: number): string {
  const rest = text.slice(from).trim()
  return unreplace(rest === '' ? 'its end' : rest.slice(0, 40))
}

function unreplace(text: string): string {
  return text.replace(/VARIABLE_(\w+?)_(?!\w)/g, (_, name: string) => `$${name}`)
}

function readSelector(node: SyntaxNode, textOf: (node: SyntaxNode) => string): Selector {
  const matchers = node.getChild('LabelMatchers')
  const name = node.getChild('Identifier')
  const inBraces = matchers?.getChild('QuotedLabelName')
  const byLabel = matchers
    ?.getChildren('UnquotedLabelMatcher')
    .map(textOf)
    .flatMap((text) => /^__name__\s*=\s*["'`](.*)["'`]$/.exec(text)?.[1] ?? [])[0]
  const quoted = inBraces === null || inBraces === undefined ? undefined : textOf(inBraces).slice(1, -1)
  const functions: string[] = []
  for (let outer = node.parent; outer !== null; outer = outer.parent) {
    const called = outer.getChild('FunctionIdentifier') ?? outer.getChild('AggregateOp')
    if (called !== null) functions.push(textOf(called))
  }
  return {
    metric: name === null ? (quoted ?? byLabel) : textOf(name),
    matchers: matchers === null ? '' : unreplace(textOf(matchers)),
    functions,
  }
}

/** The range of the first selector in a call, with the name of the variable that stood there. */
function rangeOf(call: SyntaxNode, textOf: (node: SyntaxNode) => string): string {
  let range = ''
  call.cursor().iterate(({ type, node }) => {
    if (range !== '' || (type.name !== 'MatrixSelector' && type.name !== 'SubqueryExpr')) return
    const duration = node.getChild('DurationExpr')
    if (duration !== null) range = textOf(duration)
  })
  const variable = Object.entries(SPANS).find(([, span]) => span === range)?.[0]
  return variable === undefined ? range : `$${variable}`
}
