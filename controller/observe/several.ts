// One Guard's eyes when some of its signals come from elsewhere: its own round, with those signals put in their places.
import type { Clock } from '../model/clock.ts'
import { NO_COUNTS } from '../model/counts.ts'
import { messageOf } from '../model/errors.ts'
import type { SourceName } from '../model/profiles.ts'
import type { Observation, Observations } from '../model/signal.ts'
import type { Milliseconds } from '../model/units.ts'
import type { GuardObserver, Round, TargetReport } from './observer.ts'
import type { Discovery, Target } from './scrape/targets.ts'

/** A place that tells some of the signals. */
export interface Side {
  readonly signals: readonly SourceName[]
  readonly observer: GuardObserver
  /** Whether it may take longer to answer than a tick waits: its last reading then stands until it answers. */
  readonly isSlow: boolean
  /** What it reads are series of the workload's own pods. */
  readonly isOfPods: boolean
}

export interface SeveralObserver extends GuardObserver {
  /** Replaces the targets of one of the sides, by its place in the list. */
  setSide(index: number, discovery: Discovery): void
}

interface SideState {
  readonly side: Side
  underWay: Promise<void> | undefined
  /** What it saw last. */
  seen: Observations
  targets: readonly TargetReport[]
  found: Discovery | undefined
}

/**
 * Composes `own`, which is undefined when every signal comes from elsewhere, and the sides, which are read at the same time.
 * What goes wrong with a side makes its signals unknown, and nothing else. A round waits for a slow side no longer than
 * `waitMs`, and for the others as long as they may take to answer.
 */
export function observeSeveral(
  own: GuardObserver | undefined,
  sides: readonly Side[],
  { clock, waitMs }: { readonly clock: Clock; readonly waitMs: Milliseconds },
): SeveralObserver {
  const states = sides.map(
    (side): SideState => ({ side, underWay: undefined, seen: NOT_YET, targets: [], found: undefined }),
  )

  function begin(state: SideState, signal: AbortSignal | undefined): Promise<void> {
    state.underWay ??= state.side.observer
      .observe(signal)
      .then(({ observations, targets }) => {
        state.seen = observations
        state.targets = targets
      })
      .catch((error: unknown) => {
        state.seen = everySignal({ kind: 'unknown', why: messageOf(error) })
      })
      .finally(() => {
        state.underWay = undefined
      })
    return state.underWay
  }

  /** Resolves when the slow sides have answered, or have been waited for long enough. */
  async function waitFor(slow: readonly Promise<void>[], ms: Milliseconds): Promise<void> {
    if (slow.length === 0) return
    const answered = new AbortController()
    await Promise.race([Promise.all(slow), clock.sleep(ms, answered.signal).catch(() => undefined)])
    answered.abort()
  }

  return {
    setTargets(targets: readonly Target[]) {
      own?.setTargets(targets)
      for (const { side } of states) if (side.isOfPods) side.observer.setTargets(targets)
    },
    setSide(index, discovery) {
      const state = states[index]
      if (state === undefined) return
      state.found = discovery
      state.side.observer.setTargets(discovery.targets)
    },
    takeCounts() {
      let counts = own?.takeCounts() ?? NO_COUNTS
      for (const { side } of states) {
        const { requests, timed, between } = side.observer.takeCounts()
        // The errors of a place are a share of the requests that it counts.
        if (side.signals.includes('errors')) counts = { ...counts, requests }
        if (side.signals.includes('latency')) counts = { ...counts, timed, between }
      }
      return counts
    },
    async observe(signal): Promise<Round> {
      const slow: Promise<void>[] = []
      const quick: Promise<void>[] = []
      for (const state of states) (state.side.isSlow ? slow : quick).push(begin(state, signal))
      const [round] = await Promise.all([own?.observe(signal), waitFor(slow, waitMs), ...quick])
      return {
        at: round?.at ?? clock.now(),
        observations: states.reduce(withSide, round?.observations ?? NOTHING),
        targets: [...(round?.targets ?? []), ...states.flatMap(({ targets }) => targets)],
      }
    },
    close() {
      own?.close()
      for (const { side } of states) side.observer.close()
    },
  }
}

function withSide(before: Observations, { side: { signals }, seen, found }: SideState): Observations {
  return withSignals(before, signals, seen, (observation) => explained(observation, found))
}

/** Puts these signals of `seen` in their places. Spelled out, so that every reading has the same shape. Pure. */
export function withSignals(
  before: Observations,
  signals: readonly SourceName[],
  seen: Observations,
  change: (observation: Observation) => Observation = (same) => same,
): Observations {
  const take = (name: SourceName, observation: Observation | undefined, otherwise: Observation | undefined) =>
    signals.includes(name) ? change(observation ?? UNTOLD) : otherwise
  return {
    rps: take('rps', seen.rps, before.rps),
    errors: take('errors', seen.errors, before.errors),
    latencyP50: take('latency', seen.latencyP50, before.latencyP50),
    latencyP95: take('latency', seen.latencyP95, before.latencyP95),
    latencyP99: take('latency', seen.latencyP99, before.latencyP99),
    cpu: take('cpu', seen.cpu, before.cpu),
    pool: take('pool', seen.pool, before.pool),
    queue: take('queue', seen.queue, before.queue),
    replicasWanted: undefined,
    replicasReady: undefined,
  }
}

/** With why there are no pods to read from, or fewer than there should be, which the observer can't know. */
function explained(observation: Observation, found: Discovery | undefined): Observation {
  if (found === undefined || found.reasons.length === 0) return observation
  const why = found.reasons.join('; ')
  if (observation.kind === 'ok')
    return { ...observation, missing: [observation.missing, why].filter(Boolean).join('; ') }
  return found.targets.length === 0 ? { kind: 'unknown', why } : observation
}

/** The same for every signal. */
export function everySignal(observation: Observation | undefined): Observations {
  return {
    rps: observation,
    errors: observation,
    latencyP50: observation,
    latencyP95: observation,
    latencyP99: observation,
    cpu: observation,
    pool: observation,
    queue: observation,
    replicasWanted: undefined,
    replicasReady: undefined,
  }
}

const NOTHING = everySignal(undefined)
const NOT_YET = everySignal({ kind: 'unknown', why: 'no answer yet' })
/** A signal that comes from elsewhere is stated, never guessed: without it the Guard is blind there. */
const UNTOLD: Observation = { kind: 'unknown', why: 'nothing tells it' }
