// The course of one run: everything starts, calm, the fault, and what follows. Pure: from what is seen and the time.

/** Milliseconds. */
export interface Durations {
  /** How long everything may take to be ready. */
  readonly startMs: number
  readonly calmMs: number
  readonly faultMs: number
  /** How long after the fault all may take to be as before. */
  readonly recoveryMs: number
}

/** Under two minutes in all. */
export const DURATIONS: Durations = { startMs: 45_000, calmMs: 8_000, faultMs: 35_000, recoveryMs: 60_000 }

export type StepKind = 'starting' | 'calm' | 'fault' | 'recovering' | 'over' | 'failed'

export interface Step {
  readonly kind: StepKind
  /** Epoch ms. */
  readonly since: number
}

export interface Seen {
  /** Every pod is ready, and every Guard is watched. */
  readonly isReady: boolean
  /** The fault of this run is on. A person may have switched it. */
  readonly isFaultOn: boolean
  /** No incident is open, no feature is off, and the replicas are what they were before. */
  readonly isAsBefore: boolean
}

/** The step that now is; the same object while nothing changed. */
export function nextStep(step: Step, seen: Seen, durations: Durations, now: number): Step {
  const kind = kindAfter(step, seen, durations, now - step.since)
  return kind === step.kind ? step : { kind, since: now }
}

function kindAfter({ kind }: Step, seen: Seen, durations: Durations, elapsedMs: number): StepKind {
  switch (kind) {
    case 'starting':
      if (seen.isReady) return 'calm'
      return elapsedMs >= durations.startMs ? 'failed' : kind
    case 'calm':
      return seen.isFaultOn || elapsedMs >= durations.calmMs ? 'fault' : kind
    case 'fault':
      return elapsedMs >= durations.faultMs || (!seen.isFaultOn && elapsedMs > SWITCHING_MS) ? 'recovering' : kind
    case 'recovering':
      if (seen.isFaultOn && elapsedMs > SWITCHING_MS) return 'fault'
      return elapsedMs >= durations.recoveryMs || (seen.isAsBefore && elapsedMs > SWITCHING_MS) ? 'over' : kind
    case 'over':
    case 'failed':
      return kind
  }
}

/** A fault that was just switched may not show yet. */
const SWITCHING_MS = 3_000
