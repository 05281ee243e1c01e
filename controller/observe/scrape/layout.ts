// The hot path: a target's lines are learned once; from then on only the digits of its chosen series are read.
import { CARRIAGE_RETURN, emptySpan, lexRest, NEWLINE, SPACE } from './lex.ts'
import { EXACT_DIGITS, parseNumber, parsePlainNumber } from './number.ts'

/** A body's lines up to their values, and which of those values are wanted. */
export interface Layout {
  /** How many values are read. */
  readonly size: number
  /**
   * Reads the chosen values of a body that has the learned layout into `values`, in the order in which they were learned.
   * False when the body is laid out differently; `values` is then worthless.
   */
  read(body: Buffer, values: Float64Array): boolean
}

/** The places of a body's sample lines, filled while it is walked. */
export interface LineNotes {
  /** For each sample line: the offset of its value and that of its newline. */
  readonly offsets: number[]
  /** For each sample line: whether its value is wanted. */
  readonly chosen: boolean[]
}

/**
 * Learns the layout of `body`: everything between the values of its sample lines, byte by byte. What isn't a sample
 * (comments, blank and malformed lines) belongs to the text before the next value. Returns undefined for a body that
 * can't be learned: one that doesn't end with a line end, or holds a NUL byte.
 */
export function learnLayout(body: Buffer, notes: LineNotes, openMetrics: boolean): Layout | undefined {
  // Text is compared eight bytes at a time as doubles: equal bits are equal doubles, and apart from NaN (which only means
  // falling back) different bits are different doubles, but for +0 and -0. Without NUL bytes there is no zero.
  if (body.length === 0 || body[body.length - 1] !== NEWLINE || body.includes(0)) return undefined
  const lines = notes.chosen.length
  const lengths = new Int32Array(lines + 1)
  const wanted = new Uint8Array(lines)
  const text = Buffer.allocUnsafe(body.length)
  let textEnd = 0
  let from = 0
  for (let line = 0; line < lines; line++) {
    const valueStart = notes.offsets[2 * line] ?? 0
    lengths[line] = valueStart - from
    textEnd += body.copy(text, textEnd, from, valueStart)
    wanted[line] = notes.chosen[line] === true ? 1 : 0
    from = (notes.offsets[2 * line + 1] ?? 0) + 1
  }
  lengths[lines] = body.length - from
  textEnd += body.copy(text, textEnd, from)
  const known = Buffer.from(text.subarray(0, textEnd))
  const size = notes.chosen.reduce((count, one) => count + (one ? 1 : 0), 0)
  return { size, read: createReader(known, lengths, wanted, openMetrics) }
}

function createReader(known: Buffer, lengths: Int32Array, wanted: Uint8Array, openMetrics: boolean): Layout['read'] {
  const knownView = new DataView(known.buffer, known.byteOffset, known.byteLength)
  const lines = wanted.length
  return (body, values) => {
    const size = body.length
    // The last newline is the sentinel at which every search for a line's end stops.
    if (size === 0 || body[size - 1] !== NEWLINE) return false
    const view = new DataView(body.buffer, body.byteOffset, size)
    let at = 0
    let knownAt = 0
    let next = 0
    for (let line = 0; ; line++) {
      const length = lengths[line] as number
      const knownEnd = knownAt + length
      const end = at + length
      if (end > size) return false
      if (length >= 8) {
        for (; knownAt + 32 <= knownEnd; knownAt += 32, at += 32) {
          if (
            knownView.getFloat64(knownAt, true) !== view.getFloat64(at, true) ||
            knownView.getFloat64(knownAt + 8, true) !== view.getFloat64(at + 8, true) ||
            knownView.getFloat64(knownAt + 16, true) !== view.getFloat64(at + 16, true) ||
            knownView.getFloat64(knownAt + 24, true) !== view.getFloat64(at + 24, true)
          ) {
            return false
          }
        }
        for (; knownAt + 8 <= knownEnd; knownAt += 8, at += 8) {
          if (knownView.getFloat64(knownAt, true) !== view.getFloat64(at, true)) return false
        }
        // The last eight bytes overlap those before: much faster than the odd bytes one by one.
        if (knownView.getFloat64(knownEnd - 8, true) !== view.getFloat64(end - 8, true)) return false
        knownAt = knownEnd
        at = end
      } else {
        for (; knownAt < knownEnd; knownAt++, at++) {
          if (known[knownAt] !== body[at]) return false
        }
      }
      if (line === lines) return at === size
      if (at === size) return false
      if (wanted[line] === 0) {
        while (body[at] !== NEWLINE) at++
        at++
        continue
      }
      const start = at
      let whole = 0
      let byte = body[at] as number
      while (byte >= 48 && byte <= 57) {
        whole = whole * 10 + (byte - 48)
        byte = body[++at] as number
      }
      if (byte === NEWLINE && at > start && at - start <= EXACT_DIGITS) {
        values[next++] = whole
        at++
        continue
      }
      while (byte > SPACE) byte = body[++at] as number
      let value = parsePlainNumber(body, start, at)
      if (Number.isNaN(value)) {
        const any = parseNumber(body, start, at)
        if (any === undefined) return false
        value = any
      }
      values[next++] = value
      if (byte !== NEWLINE) {
        at = endOfLine(body, at, openMetrics)
        if (at < 0) return false
      }
      at++
    }
  }
}

const span = emptySpan()

/** The newline after a value that is followed by a timestamp, an exemplar or a carriage return; -1 when it is anything else. */
function endOfLine(body: Buffer, start: number, openMetrics: boolean): number {
  const newline = body.indexOf(NEWLINE, start)
  const end = body[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline
  return end < start || lexRest(body, start, end, openMetrics, span) !== undefined ? -1 : newline
}
