// Reads the list of intervals that `evenkeel ledger --from` is given. What is wrong is told by entry and field.
import { isObject } from '../../kube/json.ts'
import { CommandError, messageOf } from '../../model/errors.ts'
import { INTERVAL_KINDS, type Interval } from '../../model/ledger.ts'
import { parseTime, TIME_HINT } from '../../model/time.ts'
import type { EpochMs } from '../../model/units.ts'

const FIELDS = ['start', 'end', 'kind', 'weight']
/** So many faults are told; a list of thousands has them all for the same reason. */
const MOST_TOLD = 5

/** Reads a JSON list of `{ start, end?, kind, weight? }`. Throws CommandError. */
export function readIntervals(file: string, source: string): Interval[] {
  let content: unknown
  try {
    content = JSON.parse(source.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new CommandError(`${file} is not JSON: ${messageOf(cause)}`, { cause })
  }
  if (!Array.isArray(content))
    throw new CommandError(`${file} is not a list: write [{ "start": …, "end": …, "kind": "down" }, …]`)
  const faults: string[] = []
  const intervals = content.flatMap((entry: unknown, index) => {
    const read = readInterval(entry, (field, text) => faults.push(`entry ${index + 1}: ${field} ${text}`))
    return read === undefined ? [] : [read]
  })
  if (faults.length === 0) return intervals
  const more = faults.length > MOST_TOLD ? `\n  and ${faults.length - MOST_TOLD} more` : ''
  throw new CommandError(`${file}: ${faults.slice(0, MOST_TOLD).join(`\n  `)}${more}`)
}

type Fault = (field: string, text: string) => void

function readInterval(entry: unknown, fault: Fault): Interval | undefined {
  if (!isObject(entry)) {
    fault('it', `is ${JSON.stringify(entry)}, not an object: write { "start": …, "end": …, "kind": "down" }`)
    return undefined
  }
  for (const key of Object.keys(entry))
    if (!FIELDS.includes(key)) fault(key, `is not a known field; known are ${FIELDS.join(', ')}`)
  const start = readTime(entry.start, 'start', fault)
  const end = entry.end === undefined || entry.end === null ? undefined : readTime(entry.end, 'end', fault)
  const kind = INTERVAL_KINDS.find((one) => one === entry.kind)
  const weight = readWeight(entry.weight, fault)
  if (kind === undefined) fault('kind', `${shown(entry.kind)}: write ${INTERVAL_KINDS.join(', ')}`)
  if (start === undefined || kind === undefined) return undefined
  if (end !== undefined && end < start) fault('end', `(${JSON.stringify(entry.end)}) is before start`)
  return { kind, start, end, weight }
}

function readTime(written: unknown, field: string, fault: Fault): EpochMs | undefined {
  const at = parseTime(written)
  if (at === undefined) {
    const problem = written === undefined ? 'is missing' : `(${JSON.stringify(written)}) is not a time`
    fault(field, `${problem}: ${TIME_HINT}`)
  }
  return at
}

function readWeight(written: unknown, fault: Fault): number | undefined {
  if (written === undefined || written === null) return undefined
  if (typeof written === 'number' && written >= 0 && written <= 1) return written
  fault('weight', `(${JSON.stringify(written)}) is not a number from 0 to 1`)
  return undefined
}

function shown(value: unknown): string {
  return value === undefined ? 'is missing' : `(${JSON.stringify(value)}) is not known`
}
