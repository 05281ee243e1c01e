// One health check: it has a deadline, its result is kept a while, and however many ask, it runs once at a time.

/**
 * Looks whether something works. What it throws or rejects with, or `false`, is what is wrong; anything else is well. The
 * signal aborts at the deadline.
 */
export type Check = (signal: AbortSignal) => unknown

export interface CheckOptions {
  readonly check: Check
  /** How long it may take; default 1 s. Keep it below the timeout of whoever probes. */
  readonly timeoutMs?: number
  /** How long its result is kept; default 1 s. */
  readonly cacheMs?: number
}

/** By name, which must do for a path: letters, digits, hyphens. */
export type Checks = Readonly<Record<string, Check | CheckOptions>>

/** Asks for the result: what is wrong, or undefined. Never rejects. */
export type Asker = () => Promise<string | undefined>

/** A check that never ends by itself is given up after this long, and begun anew: its dependency may be back long since. */
const ABANDON_MS = 30_000

export function createAsker(given: Check | CheckOptions, now = () => performance.now()): Asker {
  const { check, timeoutMs = 1_000, cacheMs = 1_000 } = typeof given === 'function' ? { check: given } : given
  let last: { readonly problem: string | undefined; readonly at: number } | undefined
  let flight: { readonly answer: Promise<string | undefined>; readonly startedAt: number } | undefined

  function start(): NonNullable<typeof flight> {
    const deadline = new AbortController()
    const { promise: tooLate, resolve } = Promise.withResolvers<string>()
    const timer = setTimeout(() => {
      resolve(`no answer within ${timeoutMs} ms`)
      deadline.abort(new DOMException(`The check took longer than ${timeoutMs} ms`, 'TimeoutError'))
    }, timeoutMs)
    const settled = outcomeOf(check, deadline.signal)
    const answer = Promise.race([settled, tooLate]).then((problem) => {
      last = { problem, at: now() }
      return problem
    })
    const mine = { answer, startedAt: now() }
    // One that is too late still counts as under way: whatever hangs there must not be asked twice at a time.
    void settled.then(() => {
      clearTimeout(timer)
      if (flight === mine) flight = undefined
    })
    return mine
  }

  return async () => {
    const at = now()
    if (last !== undefined && at - last.at < cacheMs) return last.problem
    if (flight === undefined || at - flight.startedAt > Math.max(ABANDON_MS, timeoutMs)) flight = start()
    return flight.answer
  }
}

/** The same, but once it was well it stays so: for what only a start needs. */
export function untilWell(ask: Asker): Asker {
  let hasBeenWell = false
  return async () => {
    if (hasBeenWell) return undefined
    const problem = await ask()
    hasBeenWell ||= problem === undefined
    return problem
  }
}

async function outcomeOf(check: Check, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await check(signal)) === false ? 'it says no' : undefined
  } catch (error) {
    // One line: it stands among others.
    return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
  }
}
