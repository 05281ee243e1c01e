// No guesses: every signal is named in the Guard itself.
import type { SignalSources } from '../../model/signal-source.ts'

export const generic: SignalSources = { rps: [], errors: [], latency: [], cpu: [], pool: [], queue: [] }
