// The few series of a body that recipes ask for, read line by line: now and then, beside the hot path and not in it.
import type { Milliseconds } from '../../model/units.ts'
import { createText, seriesOf } from '../scrape/parse.ts'
import { isOpenMetrics, walk } from '../scrape/walk.ts'
import type { Total } from './recipe.ts'

export interface Sample {
  /** The series as it is written. */
  readonly key: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a target said at a moment, by metric. */
export interface Snapshot {
  readonly atMs: Milliseconds
  readonly metrics: ReadonlyMap<string, readonly Sample[]>
}

/** Never throws on any bytes; numbers that are none are left out. */
export function takeSnapshot(
  body: Buffer,
  contentType: string | undefined,
  wanted: ReadonlySet<string>,
  atMs: Milliseconds,
): Snapshot {
  const text = createText(body)
  const metrics = new Map<string, Sample[]>()
  walk(body, isOpenMetrics(body, contentType), {
    sample: (span, value) => {
      const bare = text.slice(span.nameStart, span.nameEnd)
      if ((bare !== '' && !wanted.has(bare)) || !Number.isFinite(value)) return
      const { name, labels } = seriesOf(text, span)
      if (!wanted.has(name)) return
      // Copies: slices would keep the text of the whole body.
      const key = body.toString('utf8', span.seriesStart, span.seriesEnd)
      const sample = { key, labels: copied(labels), value }
      const known = metrics.get(name)
      if (known === undefined) metrics.set(body.toString('utf8', span.nameStart, span.nameEnd) || name, [sample])
      else if (!known.some((one) => one.key === key)) known.push(sample)
    },
    comment: () => undefined,
  })
  return { atMs, metrics }
}

function copied(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, Buffer.from(value).toString()]))
}

/** Labels that a series must match when it has them: what a Guard says to choose among what an exporter tells. */
export type Choice = Readonly<Record<string, RegExp>>

/** The total of a gauge, by the label it is split by ('' without one); undefined when no series fits. */
export function gauge(now: Snapshot, total: Total, choice: Choice): ReadonlyMap<string, number> | undefined {
  const { how = 'sum', by } = total
  return sumBy(samplesOf(now, total, choice), by, (sample) => (how === 'count' ? 1 : sample.value))
}

/**
 * The increase of a counter since `before`, split as `gauge` does; undefined when one of the two does not tell it. A series
 * that is new counts from 0, as does one that is lower than before: it started again.
 */
export function increase(
  before: Snapshot | undefined,
  now: Snapshot,
  total: Total,
  choice: Choice,
): ReadonlyMap<string, number> | undefined {
  const increases = increasesOf(before, now, total, choice)
  return increases === undefined ? undefined : sumBy(increases, total.by, (sample) => sample.value)
}

/** The same, series by series. */
export function increasesOf(
  before: Snapshot | undefined,
  now: Snapshot,
  total: Total,
  choice: Choice,
): readonly Sample[] | undefined {
  const old = before?.metrics.get(total.metric)
  if (old === undefined) return undefined
  const values = new Map(old.map(({ key, value }) => [key, value]))
  return samplesOf(now, total, choice)?.map((sample) => {
    const last = values.get(sample.key) ?? 0
    return { ...sample, value: sample.value >= last ? sample.value - last : sample.value }
  })
}

function samplesOf(now: Snapshot, { metric, match }: Total, choice: Choice): readonly Sample[] | undefined {
  const fits = ({ labels }: Sample) =>
    Object.entries(match ?? {}).every(([label, pattern]) => wholly(pattern).test(labelOf(labels, label))) &&
    Object.entries(choice).every(
      ([label, pattern]) => !Object.hasOwn(labels, label) || pattern.test(labelOf(labels, label)),
    )
  const fitting = now.metrics.get(metric)?.filter(fits)
  return fitting === undefined || fitting.length === 0 ? undefined : fitting
}

/** As in PromQL, a label that is absent has the empty value. */
export function labelOf(labels: Readonly<Record<string, string>>, label: string): string {
  return Object.hasOwn(labels, label) ? (labels[label] ?? '') : ''
}

const patterns = new Map<string, RegExp>()

/** A pattern for the whole value. Those of recipes are few, so that they are compiled once. */
function wholly(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(`^(?:${pattern})$`, 's')
  patterns.set(pattern, known)
  return known
}

function sumBy(
  samples: readonly Sample[] | undefined,
  by: string | undefined,
  worth: (sample: Sample) => number,
): ReadonlyMap<string, number> | undefined {
  if (samples === undefined) return undefined
  const sums = new Map<string, number>()
  for (const sample of samples) {
    const key = by === undefined ? '' : labelOf(sample.labels, by)
    sums.set(key, (sums.get(key) ?? 0) + worth(sample))
  }
  return sums
}
