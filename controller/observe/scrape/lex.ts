// Finds the parts of one sample line, in Prometheus text 0.0.4 and OpenMetrics 1.0 alike, without making a string.

export const NEWLINE = 10
export const CARRIAGE_RETURN = 13
export const SPACE = 32
export const QUOTE = 34
export const HASH = 35
export const EQUALS = 61
const TAB = 9
const COMMA = 44
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125

/** Where the parts of a sample line are. The offsets of a part that is absent are equal. */
export interface Span {
  /** The series as it is written, name and labels: [seriesStart, seriesEnd). */
  seriesStart: number
  seriesEnd: number
  nameStart: number
  nameEnd: number
  /** Between the braces. A name that is quoted stands here, as the first item, and [nameStart, nameEnd) is empty. */
  labelsStart: number
  labelsEnd: number
  valueStart: number
  valueEnd: number
  timestampStart: number
  timestampEnd: number
}

export function emptySpan(): Span {
  return {
    seriesStart: 0,
    seriesEnd: 0,
    nameStart: 0,
    nameEnd: 0,
    labelsStart: 0,
    labelsEnd: 0,
    valueStart: 0,
    valueEnd: 0,
    timestampStart: 0,
    timestampEnd: 0,
  }
}

const NAME_FIRST = classOf(/[a-zA-Z_:]/)
const NAME_REST = classOf(/[a-zA-Z0-9_:]/)
const LABEL_FIRST = classOf(/[a-zA-Z_]/)
const LABEL_REST = classOf(/[a-zA-Z0-9_]/)

function classOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (pattern.test(String.fromCharCode(byte)) ? 1 : 0))
}

/**
 * Fills `span` from the sample line in `bytes[start, end)`, which has no line end. Returns why the line is none, or
 * undefined when it is well formed up to its numbers, which are not read here.
 */
export function lexSample(
  bytes: Buffer,
  start: number,
  end: number,
  openMetrics: boolean,
  span: Span,
): string | undefined {
  let at = skipBlanks(bytes, start, end)
  span.seriesStart = at
  span.nameStart = at
  if (at < end && NAME_FIRST[bytes[at] as number] === 1) {
    at++
    while (at < end && NAME_REST[bytes[at] as number] === 1) at++
  }
  span.nameEnd = at
  const named = at > span.nameStart
  span.seriesEnd = at
  span.labelsStart = at
  span.labelsEnd = at
  at = skipBlanks(bytes, at, end)
  if (at < end && bytes[at] === OPEN) {
    span.labelsStart = at + 1
    const close = lexLabels(bytes, at + 1, end, !named)
    if (close < 0) return LABEL_FAULTS[-close - 1]
    span.labelsEnd = close
    span.seriesEnd = close + 1
    at = skipBlanks(bytes, close + 1, end)
  } else if (!named) {
    return 'no metric name'
  } else if (at < end && at === span.seriesEnd) {
    return 'a character that no metric name has'
  }
  span.valueStart = at
  while (at < end && !isBlank(bytes[at] as number)) at++
  span.valueEnd = at
  if (at === span.valueStart) return 'no value'
  return lexRest(bytes, at, end, openMetrics, span)
}

/** Reads what follows the value: a timestamp, and in OpenMetrics an exemplar, whose content is not looked at. */
export function lexRest(
  bytes: Buffer,
  start: number,
  end: number,
  openMetrics: boolean,
  span: Span,
): string | undefined {
  let at = skipBlanks(bytes, start, end)
  span.timestampStart = at
  span.timestampEnd = at
  if (at === end) return undefined
  if (bytes[at] !== HASH) {
    while (at < end && !isBlank(bytes[at] as number)) at++
    if (!isTimestamp(bytes, span.timestampStart, at, openMetrics)) return 'a timestamp that is not a number'
    span.timestampEnd = at
    at = skipBlanks(bytes, at, end)
    if (at === end) return undefined
  }
  return openMetrics && bytes[at] === HASH ? undefined : 'unexpected text after the value'
}

const LABEL_FAULTS = [
  'a label without a name',
  'a label without "="',
  'a label value without quotes',
  'a label value without its closing quote',
  'labels without "," between them',
  'labels without "}"',
  'no metric name',
] as const

/** The offset of the closing brace, or -1 - the index of what is wrong. */
function lexLabels(bytes: Buffer, start: number, end: number, wantsName: boolean): number {
  let at = start
  let named = !wantsName
  for (;;) {
    at = skipBlanks(bytes, at, end)
    if (at >= end) return -6
    if (bytes[at] === CLOSE) return named ? at : -7
    const quoted = bytes[at] === QUOTE
    if (quoted) {
      at = closingQuote(bytes, at + 1, end)
      if (at < 0) return -4
    } else if (LABEL_FIRST[bytes[at] as number] === 1) {
      at++
      while (at < end && LABEL_REST[bytes[at] as number] === 1) at++
    } else {
      return -1
    }
    at = skipBlanks(bytes, at, end)
    if (at < end && bytes[at] === EQUALS) {
      at = skipBlanks(bytes, at + 1, end)
      if (at >= end || bytes[at] !== QUOTE) return -3
      at = closingQuote(bytes, at + 1, end)
      if (at < 0) return -4
      at = skipBlanks(bytes, at, end)
    } else if (quoted && !named) {
      named = true
    } else {
      return -2
    }
    if (at < end && bytes[at] === COMMA) at++
    else if (at < end && bytes[at] !== CLOSE) return -5
  }
}

/** The offset after the closing quote, or -1. */
export function closingQuote(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at++
  }
  return -1
}

function isTimestamp(bytes: Buffer, start: number, end: number, openMetrics: boolean): boolean {
  let at = start
  if (bytes[at] === 45 || (openMetrics && bytes[at] === 43)) at++
  let digits = 0
  let points = openMetrics ? 0 : 1
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (byte >= 48 && byte <= 57) digits++
    else if (byte === 46 && points === 0) points++
    else return openMetrics && digits > 0 && isExponent(bytes, at, end)
  }
  return digits > 0
}

function isExponent(bytes: Buffer, start: number, end: number): boolean {
  return /^e[+-]?\d{1,3}$/i.test(bytes.toString('latin1', start, Math.min(end, start + 6)))
}

export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB
}

export function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isBlank(bytes[at] as number)) at++
  return at
}
