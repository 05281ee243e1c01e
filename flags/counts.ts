// What the flag servers have done since the start, for metrics.

export const EVALUATIONS = ['one', 'all', 'unchanged', 'notFound', 'refused'] as const
/** What became of a request to OFREP. */
export type Evaluation = (typeof EVALUATIONS)[number]

export interface Counts {
  /** Requests to OFREP by what became of them. */
  readonly evaluations: Readonly<Record<Evaluation, number>>
  evaluated(what: Evaluation): void
}

export function createCounts(): Counts {
  const evaluations = { one: 0, all: 0, unchanged: 0, notFound: 0, refused: 0 }
  return {
    evaluations,
    evaluated(what) {
      evaluations[what] += 1
    },
  }
}
