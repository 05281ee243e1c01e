// Walks the lines of an exposition, good and bad: the one reading that the full parser and the hot path's learner share.
import { CARRIAGE_RETURN, emptySpan, HASH, lexSample, NEWLINE, type Span, skipBlanks } from './lex.ts'
import { parseNumber } from './number.ts'

/** A line that was left out. */
export interface SkippedLine {
  /** Counted from 1. */
  readonly line: number
  readonly reason: string
}

/** What a walk met. */
export interface Walked {
  readonly openMetrics: boolean
  readonly samples: number
  /** All lines left out; `skipped` lists the first of them. */
  readonly skippedCount: number
  readonly skipped: readonly SkippedLine[]
  /** The body ends in the middle of a line, or without OpenMetrics' `# EOF`: something may be missing. */
  readonly truncated: boolean
}

export interface LineVisitor {
  /** A sample; `span` is reused for the next one. `lineEnd` is the offset of its newline. */
  sample(span: Span, value: number, lineEnd: number): void
  /** A comment, `bytes[start, end)`, with its "#". */
  comment(start: number, end: number): void
}

/** How many skipped lines are told one by one. */
const MOST_TOLD = 10
const EOF_LINE = '# EOF'

/** Whether a body is OpenMetrics: by its content type, or by its last line. */
export function isOpenMetrics(body: Buffer, contentType: string | undefined): boolean {
  if (contentType?.trimStart().toLowerCase().startsWith('application/openmetrics-text') === true) return true
  return /(?:^|\n)# EOF\r?\n?$/.test(body.toString('latin1', Math.max(0, body.length - 8), body.length))
}

/** Calls `visitor` for every good sample and every comment of `body`, in order. Never throws on any bytes. */
export function walk(body: Buffer, openMetrics: boolean, visitor: LineVisitor): Walked {
  const span = emptySpan()
  const skipped: SkippedLine[] = []
  let skippedCount = 0
  let samples = 0
  let line = 0
  let ended = false
  const skip = (reason: string) => {
    skippedCount++
    if (skipped.length < MOST_TOLD) skipped.push({ line, reason })
  }

  let start = 0
  let truncated = false
  while (start < body.length) {
    line++
    let newline = body.indexOf(NEWLINE, start)
    if (newline < 0) {
      newline = body.length
      truncated = !(openMetrics && body.toString('latin1', start, newline) === EOF_LINE)
    }
    const end = newline > start && body[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline
    const first = skipBlanks(body, start, end)
    if (truncated) {
      skip('the last line has no line end: the body was cut off')
    } else if (ended && first < end) {
      skip('text after # EOF')
    } else if (first < end && body[first] === HASH) {
      if (openMetrics && body.toString('latin1', first, Math.min(end, first + 6)) === EOF_LINE) ended = true
      else visitor.comment(first, end)
    } else if (first < end) {
      const fault = lexSample(body, start, end, openMetrics, span)
      const value = fault === undefined ? parseNumber(body, span.valueStart, span.valueEnd) : undefined
      if (value !== undefined) {
        samples++
        visitor.sample(span, value, newline)
      } else {
        skip(fault ?? 'a value that is not a number')
      }
    }
    start = newline + 1
  }
  return { openMetrics, samples, skippedCount, skipped, truncated: truncated || (openMetrics && !ended) }
}

/** The skipped lines in one sentence; undefined when there are none. */
export function describeSkipped(walked: Walked): string | undefined {
  const [first] = walked.skipped
  if (first === undefined) return walked.truncated ? 'the body has no # EOF: it may have been cut off' : undefined
  const told = `line ${first.line}: ${first.reason}`
  return walked.skippedCount === 1 ? told : `${walked.skippedCount} lines were skipped, the first: ${told}`
}
