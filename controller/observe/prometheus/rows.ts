// The answers about one Guard: a row for each group of series, whatever server and query they came from.
import { SOURCES, type SourceName } from '../scrape/catalog.ts'
import { numberOf, type Series } from './answer.ts'
import { PART_LABEL } from './query.ts'

/** One value of one source. */
export interface Row {
  /** The pod's name; empty when the series don't tell the pods apart. */
  readonly pod: string
  /** What of the signal it is: see `queryOf`. */
  readonly part: string
  /** The upper bound of a latency bucket in seconds; NaN for anything else. */
  readonly le: number
  readonly value: number
}

/** Undefined: nothing is named for the source, so that nothing was asked. */
export type SourceRows =
  | { readonly kind: 'ok'; readonly rows: readonly Row[] }
  | { readonly kind: 'failed'; readonly why: string }
  | undefined

/** In the order of `SOURCES`. */
export type GuardRows = readonly SourceRows[]

export const ASKED: readonly SourceName[] = SOURCES

export function rowOf({ labels }: Series, value: number, podLabel: string): Row {
  const part = labels[PART_LABEL] ?? ''
  const le = labels.le === undefined ? Number.NaN : numberOf(labels.le) / (part === 'milliseconds' ? 1000 : 1)
  return { pod: labels[podLabel] ?? '', part, le, value }
}
