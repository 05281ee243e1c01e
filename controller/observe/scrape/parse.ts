// The full parser: an exposition in Prometheus text 0.0.4 or OpenMetrics 1.0 as values, whatever its bytes are.
import { isAscii } from 'node:buffer'
import { closingQuote, EQUALS, isBlank, QUOTE, type Span, skipBlanks } from './lex.ts'
import { parseNumber } from './number.ts'
import { isOpenMetrics, type Walked, walk } from './walk.ts'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Milliseconds since the Unix epoch, when the line has a timestamp. */
  readonly timestampMs?: number
}

/** What the `# TYPE` and `# HELP` lines say of a metric family. */
export interface Family {
  readonly type?: string
  readonly help?: string
}

export interface Exposition extends Walked {
  readonly values: readonly Sample[]
  readonly families: ReadonlyMap<string, Family>
}

/**
 * Parses an exposition. Lines that are malformed are left out, counted and told; a last line without its line end is cut
 * off and left out as well. Exemplars are passed over. Never throws on any bytes.
 */
export function parseExposition(body: Uint8Array, contentType?: string): Exposition {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const openMetrics = isOpenMetrics(bytes, contentType)
  const text = createText(bytes)
  const values: Sample[] = []
  const families = new Map<string, Family>()
  const walked = walk(bytes, openMetrics, {
    sample: (span, value) => values.push(sampleOf(text, span, value, openMetrics)),
    comment: (start, end) => {
      const family = familyOf(text.slice(start, end))
      if (family !== undefined) families.set(family.name, { ...families.get(family.name), ...family.says })
    },
  })
  return { ...walked, values, families }
}

/** A body as text by byte offsets: made once, since many small conversions cost far more than one large one. */
export interface Text {
  readonly bytes: Buffer
  /** `bytes[start, end)` as UTF-8. The string may keep the whole body's text alive. */
  slice(start: number, end: number): string
}

export function createText(bytes: Buffer): Text {
  const whole = bytes.toString('latin1')
  // In ASCII a character's place is its byte's.
  const slice = isAscii(bytes)
    ? (start: number, end: number) => whole.slice(start, end)
    : (start: number, end: number) => bytes.toString('utf8', start, end)
  return { bytes, slice }
}

/** A series' name and labels, from the offsets that the lexer found. */
export function seriesOf(text: Text, span: Span): { name: string; labels: Readonly<Record<string, string>> } {
  const { bytes } = text
  const stop = span.labelsEnd
  const labels: Record<string, string> = {}
  let name = text.slice(span.nameStart, span.nameEnd)
  let at = skipBlanks(bytes, span.labelsStart, stop)
  while (at < stop) {
    const quoted = bytes[at] === QUOTE
    const end = quoted ? closingQuote(bytes, at + 1, stop) : endOfName(bytes, at, stop)
    const key = quoted ? unescapeText(text.slice(at + 1, end - 1)) : text.slice(at, end)
    at = skipBlanks(bytes, end, stop)
    if (at < stop && bytes[at] === EQUALS) {
      const open = skipBlanks(bytes, at + 1, stop) + 1
      const close = closingQuote(bytes, open, stop)
      setLabel(labels, key, unescapeText(text.slice(open, close - 1)))
      at = skipBlanks(bytes, close, stop)
    } else {
      name = key
    }
    at = skipBlanks(bytes, at + 1, stop)
  }
  return { name, labels }
}

function endOfName(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== EQUALS && !isBlank(bytes[at] as number)) at++
  return at
}

function setLabel(labels: Record<string, string>, key: string, value: string): void {
  // An assignment to "__proto__" would set the prototype instead of the label.
  if (key !== '__proto__') labels[key] = value
  else Object.defineProperty(labels, key, { value, enumerable: true, configurable: true, writable: true })
}

function sampleOf(text: Text, span: Span, value: number, openMetrics: boolean): Sample {
  const series = seriesOf(text, span)
  if (span.timestampEnd === span.timestampStart) return { name: series.name, labels: series.labels, value }
  const timestamp = parseNumber(text.bytes, span.timestampStart, span.timestampEnd) ?? Number.NaN
  return { ...series, value, timestampMs: openMetrics ? timestamp * 1000 : timestamp }
}

/** The family that a `# TYPE` or `# HELP` line is about. */
export function familyOf(comment: string): { name: string; says: Family } | undefined {
  const [, keyword, quoted, bare, rest = ''] =
    /^#[ \t]+(TYPE|HELP)[ \t]+(?:"((?:[^"\\]|\\.)*)"|([^ \t"]+))(?:[ \t]+(.*))?$/s.exec(comment) ?? []
  const name = quoted === undefined ? bare : unescapeText(quoted)
  if (name === undefined) return undefined
  return { name, says: keyword === 'TYPE' ? { type: rest.trim() } : { help: unescapeText(rest) } }
}

/** Undoes `\\`, `\"` and `\n`; another escaped character stands for itself with its backslash, as in Prometheus. */
function unescapeText(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
