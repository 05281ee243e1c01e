// A clock whose `now` runs evenly: wall time is read once and carried on by the monotonic clock, and a jump is noticed, not followed.
import type { Clock } from '../model/clock.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'

/** Redis Sentinel's TILT: past this difference the clock is not trusted… */
const JUMP_MS: Milliseconds = 2_000
/** …and nothing is done for this long. */
const UNSTEADY_MS: Milliseconds = 30_000

export interface SteadyClock extends Clock {
  /**
   * Compares with the wall clock. After a jump of 2 s or more it follows the wall clock from then on, and reports the jump
   * in milliseconds (forward positive); undefined while all is steady.
   */
  checkForJump(): Milliseconds | undefined
  /** How many jumps there were: who keeps timers forgets them when this changes. */
  readonly jumps: number
  /** Until when nothing should be done because of the last jump; 0 when there was none. */
  readonly unsteadyUntil: EpochMs
}

export function createSteadyClock(wall: Clock): SteadyClock {
  let offset = wall.now() - wall.monotonic()
  let jumps = 0
  let unsteadyUntil = 0
  const now = () => offset + wall.monotonic()
  return {
    now,
    monotonic: wall.monotonic,
    sleep: wall.sleep,
    checkForJump() {
      const difference = wall.now() - now()
      if (Math.abs(difference) < JUMP_MS) {
        // Slow drift (NTP slewing) is followed without a word.
        offset += difference
        return undefined
      }
      offset += difference
      jumps++
      unsteadyUntil = now() + UNSTEADY_MS
      return difference
    },
    get jumps() {
      return jumps
    },
    get unsteadyUntil() {
      return unsteadyUntil
    },
  }
}
