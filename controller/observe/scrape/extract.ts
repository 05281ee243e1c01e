// Turns one target's bodies into what happened since the last: increases of its counters and the state of its gauges.
import type { Milliseconds } from '../../model/units.ts'
import { type Part, SOURCES } from './catalog.ts'
import { type Binding, type ClassCache, createTargetReader, type Slot } from './reader.ts'
import { describeSkipped } from './walk.ts'

/** Where each sum stands in `Extract.sums`; buckets follow, by their bounds. */
export const SUM = { rps: 0, errors: 1, cpu: 2, poolUsed: 3, poolMax: 4, queue: 5, buckets: 6 } as const

/** What is known of one target. The arrays are reused: read them before the next body. */
export interface Extract {
  /** Increases of counters since `clear`, and the gauges of the last body, added up over the series. */
  readonly sums: Float64Array
  /** Bounds of the latency buckets in seconds, ascending; the buckets in `sums` are cumulative. A new array when they change. */
  readonly bounds: Float64Array
  /** Since the target is known, so that rates over any time can be made: never decreases. */
  readonly requests: number
  /** When the last body was received (monotonic). */
  readonly atMs: Milliseconds
  /** The time that the increases in `sums` span. */
  readonly spanMs: Milliseconds
  /** Two bodies were seen, so that there are increases. */
  readonly hasIncreases: boolean
  /** The queue is one that all pods report. */
  readonly queueIsShared: boolean
  /** For each source why the target does not tell it; undefined when it does. */
  readonly problems: readonly (string | undefined)[]
  /** For each source whether the target has no metric for it, rather than a value that can't be used. */
  readonly absent: readonly boolean[]
  /** Lines of the exposition that were left out, in one sentence. */
  readonly skipped: string | undefined
}

export interface Extractor {
  /** Takes a body in, received at `atMs` (monotonic). Returns why it is no exposition, or undefined. */
  take(body: Buffer, contentType: string | undefined, atMs: Milliseconds): string | undefined
  readonly extract: Extract
  /** Starts new increases, after the present ones were used. */
  clear(): void
}

/** Baselines of series that vanished are kept up to so many, in case they come back (a body that was cut, a flapping label). */
const MOST_BASELINES = 20_000
const NO_PROBLEMS: readonly (string | undefined)[] = SOURCES.map(() => undefined)
type Mutable<T> = { -readonly [key in keyof T]: T[key] }
const COUNTERS: ReadonlySet<Part> = new Set<Part>(['rps', 'errors', 'cpu', 'bucket'])

export function createExtractor(cache: ClassCache): Extractor {
  const reader = createTargetReader(cache)
  const baselines = new Map<string, number>()
  let bound: Binding | undefined
  let slots: readonly Slot[] = []
  let previous = new Float64Array(0)
  let sumIndices = new Int32Array(0)
  let valueIndices = new Int32Array(0)
  let firstGauge = 0
  let bodies = 0
  let lastWasCut = false
  let forgot = false
  const state: Mutable<Extract> = {
    sums: new Float64Array(SUM.buckets),
    bounds: new Float64Array(0),
    requests: 0,
    atMs: 0,
    spanMs: 0,
    hasIncreases: false,
    queueIsShared: false,
    problems: NO_PROBLEMS,
    absent: SOURCES.map(() => true),
    skipped: undefined,
  }

  function rebind(next: Binding): void {
    slots.slice(0, firstGauge).forEach((slot, index) => {
      baselines.set(baselineKey(slot), previous[index] ?? Number.NaN)
    })
    const before = bound
    const counters = next.slots.filter((slot) => COUNTERS.has(slot.part))
    slots = [...counters, ...next.slots.filter((slot) => !COUNTERS.has(slot.part))]
    firstGauge = counters.length
    valueIndices = Int32Array.from(slots, (slot) => slot.valueIndex)
    previous = Float64Array.from(counters, (slot) => {
      // A new series of a metric that was read before, or announced without any series, counts from 0: the first errors
      // make a new series. But when the target is new, its last body was cut off, or the source is now read from another
      // metric, the first value says nothing about now; nor does CPU time, which runs from the start of the process.
      const wasRead = before !== undefined && before.candidates[slot.source] === next.candidates[slot.source]
      const isBorn = (wasRead || before?.unborn[slot.feed] === true) && slot.part !== 'cpu' && !lastWasCut && !forgot
      return baselines.get(baselineKey(slot)) ?? (isBorn ? 0 : Number.NaN)
    })
    if (baselines.size > MOST_BASELINES) {
      baselines.clear()
      forgot = true
    }
    resizeSums(boundsOf(counters))
    sumIndices = Int32Array.from(slots, (slot) =>
      slot.part === 'bucket' ? SUM.buckets + state.bounds.indexOf(slot.le) : SUM[slot.part],
    )
    bound = next
    state.queueIsShared = next.candidates[SOURCES.indexOf('queue')]?.shared === true
    state.absent = next.candidates.map((candidate) => candidate === undefined)
  }

  function resizeSums(bounds: Float64Array): void {
    if (bounds.length === state.bounds.length && bounds.every((bound, index) => bound === state.bounds[index])) return
    const kept = state.sums.subarray(0, SUM.buckets)
    state.sums = new Float64Array(SUM.buckets + bounds.length)
    state.sums.set(kept)
    state.bounds = bounds
  }

  function add(values: Float64Array): void {
    const { sums } = state
    for (let slot = 0; slot < firstGauge; slot++) {
      const value = values[valueIndices[slot] as number] as number
      const increase = value - (previous[slot] as number)
      if (increase >= 0 && increase < Number.POSITIVE_INFINITY) {
        previous[slot] = value
        sums[sumIndices[slot] as number] = (sums[sumIndices[slot] as number] as number) + increase
      } else {
        addUnusual(slot, value)
      }
    }
    sums[SUM.poolUsed] = 0
    sums[SUM.poolMax] = bound?.candidates[SOURCES.indexOf('pool')]?.poolMax ?? 0
    sums[SUM.queue] = 0
    for (let slot = firstGauge; slot < sumIndices.length; slot++) {
      const value = values[valueIndices[slot] as number] as number
      if (!Number.isFinite(value)) addUnusual(slot, value)
      else sums[sumIndices[slot] as number] = (sums[sumIndices[slot] as number] as number) + value
    }
  }

  function addUnusual(slot: number, value: number): void {
    const { key, source } = slots[slot] ?? { key: '', source: 0 }
    if (!Number.isFinite(value)) {
      const said = `${key} is ${value}`
      state.problems = state.problems.map((problem, index) => (index === source ? said : problem))
      return
    }
    const before = previous[slot] as number
    previous[slot] = value
    // A counter that is lower than before started again from 0; one without a baseline only gets it.
    if (value < before && value > 0) {
      state.sums[sumIndices[slot] as number] = (state.sums[sumIndices[slot] as number] as number) + value
    }
  }

  return {
    extract: state,
    take: (body, contentType, atMs) => {
      const reading = reader.read(body, contentType)
      if (reading.walked.samples === 0 && reading.walked.skippedCount > 0) {
        const type = contentType === undefined ? '' : `${contentType}, `
        return `not an exposition: ${type}${describeSkipped(reading.walked) ?? 'no samples'}`
      }
      if (reading.binding !== bound) rebind(reading.binding)
      state.problems = reading.binding.problems
      const requestsBefore = state.sums[SUM.rps] ?? 0
      add(reading.values)
      state.requests += (state.sums[SUM.rps] ?? 0) - requestsBefore
      if (bodies > 0) state.spanMs += atMs - state.atMs
      state.hasIncreases = bodies > 0
      bodies++
      state.atMs = atMs
      lastWasCut = reading.walked.truncated
      state.skipped = reading.walked.skippedCount > 0 ? describeSkipped(reading.walked) : undefined
      return undefined
    },
    clear: () => {
      state.sums.fill(0)
      state.spanMs = 0
    },
  }
}

/** The same series may feed two sums. */
function baselineKey(slot: Slot): string {
  return `${slot.part} ${slot.key}`
}

function boundsOf(slots: readonly Slot[]): Float64Array {
  const bounds = new Set(slots.filter((slot) => slot.part === 'bucket').map((slot) => slot.le))
  return Float64Array.from(bounds).sort()
}
