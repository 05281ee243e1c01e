// What came of the load, second by second.

/** One second of load. Requests count as ok or failed in the second in which they ended. */
export interface LoadSecond {
  /** Start of the second, in milliseconds since the epoch. */
  readonly at: number
  /** Requests per second that the curve asked for at its start. */
  readonly wanted: number
  /** Started. */
  readonly sent: number
  /** Answered with a status below 500… */
  readonly ok: number
  /** …and those that were not. */
  readonly failed: number
  /** Of all that ended, failed ones too, since their users waited as well; exact. 0 when none ended. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Failures by what happened: a status, "timeout", or the network error's code. */
  readonly failures: Readonly<Record<string, number>>
}

export interface Seconds {
  started(): void
  ended(failure: string | undefined, ms: number): void
  /** The whole seconds that began after `since`; to be asked at least once a second, so that quiet ones exist too. */
  after(since: number): readonly LoadSecond[]
}

export interface SecondsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly wanted: () => number
  /** Older ones are forgotten. */
  readonly keep: number
}

export function createSeconds({ now, wanted, keep }: SecondsOptions): Seconds {
  const whole: LoadSecond[] = []
  let present = open()

  function open() {
    return {
      at: floor(now()),
      wanted: wanted(),
      sent: 0,
      ok: 0,
      latenciesMs: [] as number[],
      failures: new Map<string, number>(),
    }
  }

  function turn(): void {
    if (floor(now()) <= present.at) return
    whole.push(close(present))
    if (whole.length > keep) whole.splice(0, whole.length - keep)
    present = open()
  }

  return {
    started() {
      turn()
      present.sent += 1
    },
    ended(failure, ms) {
      turn()
      present.latenciesMs.push(ms)
      if (failure === undefined) present.ok += 1
      else present.failures.set(failure, (present.failures.get(failure) ?? 0) + 1)
    },
    after(since) {
      turn()
      return whole.filter(({ at }) => at > since)
    },
  }
}

const floor = (ms: number) => ms - (ms % 1_000)

type Present = {
  readonly at: number
  readonly wanted: number
  readonly sent: number
  readonly ok: number
  readonly latenciesMs: readonly number[]
  readonly failures: ReadonlyMap<string, number>
}

function close({ at, wanted, sent, ok, latenciesMs, failures }: Present): LoadSecond {
  const sorted = Float64Array.from(latenciesMs).sort()
  const failed = latenciesMs.length - ok
  const [p50Ms, p99Ms] = [quantile(sorted, 0.5), quantile(sorted, 0.99)]
  return { at, wanted, sent, ok, failed, p50Ms, p99Ms, failures: Object.fromEntries(failures) }
}

/** The smallest value that at least this share of the values does not exceed (nearest rank). */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
