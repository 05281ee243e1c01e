// Logs: JSON lines by pino, in which one line tells one decision.
import { type Logger, pino } from 'pino'
import type { Decision } from '../model/command.ts'
import { summariseDecision } from './decisions.ts'

export type { Logger }

/** A logger that writes JSON lines to stdout. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
}

/** The one line of a decision: what, why, and what each interlock said. */
export function logDecision(log: Logger, guard: string, decision: Decision, failure?: string): void {
  const { verdict, proposal, rulings } = decision
  const text = summariseDecision(decision)
  log[failure === undefined ? 'info' : 'warn'](
    {
      guard,
      verdict,
      from: proposal.from,
      to: proposal.to,
      reasons: proposal.reasons,
      ...(failure === undefined ? {} : { failure }),
      interlocks: Object.fromEntries(rulings.map((ruling) => [ruling.interlock, `${ruling.verdict}: ${ruling.why}`])),
    },
    `${guard}: ${text}${failure === undefined ? '' : `. It failed: ${failure}`}`,
  )
}
