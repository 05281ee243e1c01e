// What the probe servers have answered since the start, for metrics.

export const DIALECTS = ['plain', 'drain', 'health', 'nginx', 'agent'] as const
/** In which words an answer is given. */
export type Dialect = (typeof DIALECTS)[number]

export const ANSWERS = ['in', 'out', 'unknown'] as const
export type Answer = (typeof ANSWERS)[number]

export type AnswerCounts = Readonly<Record<Dialect, Record<Answer, number>>>

export function createCounts(): AnswerCounts {
  const none = () => ({ in: 0, out: 0, unknown: 0 })
  return { plain: none(), drain: none(), health: none(), nginx: none(), agent: none() }
}
