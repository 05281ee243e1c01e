// Reads numbers straight from bytes, exactly as Number() reads the same text, and refuses what Go's parser refuses.

const ZERO = 48
const NINE = 57
const DOT = 46
const PLUS = 43
const MINUS = 45
/** Up to 15 digits and up to 22 powers of ten, one multiplication or division rounds correctly (Clinger, 1990). */
export const EXACT_DIGITS = 15
const EXACT_POWER = 22
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_POWER + 1 }, (_, power) => Number(`1e${power}`))
const WORD = /^(?:nan|[+-]?inf(?:inity)?)$/i
const LONGEST_WORD = 9

/**
 * The number that `bytes[start, end)` spells in Go's float syntax, without hexadecimal and underscores: digits with an
 * optional point and exponent, `Inf`, `Infinity` (signed or not) or `NaN`, in any case. Undefined when it spells none, or
 * one too large for a double.
 */
export function parseNumber(bytes: Buffer, start: number, end: number): number | undefined {
  const quick = parsePlainNumber(bytes, start, end)
  return Number.isNaN(quick) ? parseAnyNumber(bytes, start, end) : quick
}

/** As `parseNumber`, for the many numbers that are short; NaN for all others, valid or not. */
export function parsePlainNumber(bytes: Buffer, start: number, end: number): number {
  let at = start
  const negative = bytes[at] === MINUS
  if (negative) at++
  let mantissa = 0
  let digits = 0
  let scale = 0
  let pointAt = -1
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO)
      digits++
    } else if (byte === DOT && pointAt < 0) {
      pointAt = at
    } else {
      break
    }
  }
  if (digits === 0 || digits > EXACT_DIGITS) return Number.NaN
  if (pointAt >= 0) scale = pointAt + 1 - at
  if (at < end) {
    if (((bytes[at] as number) | 32) !== 101) return Number.NaN
    at++
    const down = bytes[at] === MINUS
    if (down || bytes[at] === PLUS) at++
    const from = at
    let exponent = 0
    for (; at < end && at - from < 4; at++) {
      const byte = bytes[at] as number
      if (byte < ZERO || byte > NINE) return Number.NaN
      exponent = exponent * 10 + (byte - ZERO)
    }
    if (at < end || at === from) return Number.NaN
    scale += down ? -exponent : exponent
  }
  if (scale > EXACT_POWER || scale < -EXACT_POWER) return Number.NaN
  const magnitude =
    scale < 0 ? mantissa / (POWERS_OF_TEN[-scale] as number) : mantissa * (POWERS_OF_TEN[scale] as number)
  return negative ? -magnitude : magnitude
}

function parseAnyNumber(bytes: Buffer, start: number, end: number): number | undefined {
  if (!isDecimal(bytes, start, end)) {
    const word = end - start <= LONGEST_WORD ? bytes.toString('latin1', start, end) : ''
    if (!WORD.test(word)) return undefined
    if (word.length === 3 && word.toLowerCase() === 'nan') return Number.NaN
    return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  const value = Number(bytes.toString('latin1', start, end))
  return Number.isFinite(value) ? value : undefined
}

function isDecimal(bytes: Buffer, start: number, end: number): boolean {
  let at = start
  if (bytes[at] === MINUS || bytes[at] === PLUS) at++
  const whole = skipDigits(bytes, at, end)
  let digits = whole - at
  at = whole
  if (at < end && bytes[at] === DOT) {
    const fraction = skipDigits(bytes, at + 1, end)
    digits += fraction - at - 1
    at = fraction
  }
  if (digits === 0) return false
  if (at === end) return true
  if (((bytes[at] as number) | 32) !== 101) return false
  at++
  if (bytes[at] === MINUS || bytes[at] === PLUS) at++
  return at < end && skipDigits(bytes, at, end) === end
}

function skipDigits(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++
  return at
}
