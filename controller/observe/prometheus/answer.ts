// Reads what a Prometheus API says: series with their points, or why there are none. Nothing it says is taken on trust.
import type { EpochMs } from '../../model/units.ts'

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly points: readonly { readonly atMs: EpochMs; readonly value: number }[]
}

/** `why` can be read by a person: "HTTP 503", "bad_data: parse error …", "partial response". */
export type Answer =
  | { readonly kind: 'ok'; readonly series: readonly Series[] }
  | { readonly kind: 'failed'; readonly why: string }

const LONGEST_QUOTE = 200
const NOT_PROMETHEUS = 'is this the base URL of a Prometheus API?'

/** An answer of which a part is missing is no answer: a sum over some of the series looks like a service with less load. */
export function readAnswer(status: number, body: string): Answer {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return failed(status === 200 ? `the answer is no JSON: ${NOT_PROMETHEUS}` : `HTTP ${status}`)
  }
  const said = field(parsed, 'status')
  if (status !== 200 || said !== 'success') {
    const [type, error] = [field(parsed, 'errorType'), field(parsed, 'error')]
    const words = [type, error].filter((one) => typeof one === 'string' && one !== '').join(': ')
    const prefix = status === 200 ? [] : [`HTTP ${status}`]
    if (words === '' && status === 200) return failed(`the answer has no status "success": ${NOT_PROMETHEUS}`)
    return failed([...prefix, ...(words === '' ? [] : [words])].join(': '))
  }
  const warnings = listOf(field(parsed, 'warnings')).filter((one) => !String(one).startsWith('PromQL info'))
  if (warnings.length > 0) return failed(`the server warns that its answer may lack something: ${warnings.join('; ')}`)
  if (field(parsed, 'isPartial') === true) return failed('partial response: some of its storage did not answer')
  return readResult(field(parsed, 'data'))
}

function readResult(data: unknown): Answer {
  const type = field(data, 'resultType')
  const result = field(data, 'result')
  if ((type !== 'vector' && type !== 'matrix') || !Array.isArray(result))
    return failed(`the answer holds no series: ${NOT_PROMETHEUS}`)
  const series: Series[] = []
  for (const one of result) {
    const labels = field(one, 'metric')
    const raw = type === 'vector' ? [field(one, 'value')] : field(one, 'values')
    if (!isLabels(labels) || !Array.isArray(raw)) return failed(MALFORMED)
    const points: { atMs: number; value: number }[] = []
    for (const point of raw) {
      const [at, value] = Array.isArray(point) ? point : []
      if (typeof at !== 'number' || typeof value !== 'string') return failed(MALFORMED)
      points.push({ atMs: Math.round(at * 1000), value: numberOf(value) })
    }
    series.push({ labels, points })
  }
  return { kind: 'ok', series }
}

const MALFORMED = 'the answer holds a series that is malformed'

/** Prometheus writes +Inf where JavaScript writes Infinity. */
export function numberOf(text: string): number {
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return text.trim() === '' ? Number.NaN : Number(text)
}

function failed(why: string): Answer {
  const flat = why.replaceAll(/\s+/g, ' ')
  return { kind: 'failed', why: flat.length > LONGEST_QUOTE ? `${flat.slice(0, LONGEST_QUOTE)}…` : flat }
}

function field(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, key) ? Reflect.get(of, key) : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => typeof one === 'string')
}
