// Stretches of time as sets: merged, cut out of each other, clipped. Half-open, so that neighbours share no moment.
import type { EpochMs, Milliseconds } from '../../model/units.ts'

export interface Span {
  readonly start: EpochMs
  readonly end: EpochMs
}

/** Sorted and apart: what every function here returns, and all but `union` ask for. */
export type Spans = readonly Span[]

/** The spans merged where they touch or overlap, and over gaps shorter than `gapMs`. Empty spans count for nothing. */
export function union(spans: Spans, gapMs: Milliseconds = 0): Spans {
  const merged: { start: EpochMs; end: EpochMs }[] = []
  const sorted = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start)
  for (const { start, end } of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && (start <= last.end || start - last.end < gapMs)) last.end = Math.max(last.end, end)
    else merged.push({ start, end })
  }
  return merged
}

/** `from` without the moments of `cut`. */
export function without(from: Spans, cut: Spans): Spans {
  const left: Span[] = []
  let first = 0
  for (const { start, end } of from) {
    let at = start
    while (first < cut.length && (cut[first]?.end ?? 0) <= start) first++
    for (let index = first; index < cut.length && at < end; index++) {
      const hole = cut[index]
      if (hole === undefined || hole.start >= end) break
      if (hole.start > at) left.push({ start: at, end: hole.start })
      at = Math.max(at, hole.end)
    }
    if (at < end) left.push({ start: at, end })
  }
  return left
}

/** The moments of `spans` inside the window. */
export function clip(spans: Spans, { start, end }: Span): Spans {
  return spans
    .map((span) => ({ start: Math.max(span.start, start), end: Math.min(span.end, end) }))
    .filter((span) => span.end > span.start)
}

export function lengthOf(spans: Spans): Milliseconds {
  return spans.reduce((sum, { start, end }) => sum + (end - start), 0)
}
