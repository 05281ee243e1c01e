// A clock that runs evenly while the wall clock is set forward, set back or slewed.
import { describe, expect, it } from 'vitest'
import { createSteadyClock } from '../../controller/runtime/steady-clock.ts'
import { manualClock } from './manual-clock.ts'

/** A manual clock whose wall time can be set, as by a person or by NTP. */
function settableClock() {
  const clock = manualClock()
  let setByMs = 0
  return {
    wall: { ...clock, now: () => clock.now() + setByMs },
    advance: (ms: number) => clock.advance(ms),
    set(byMs: number) {
      setByMs += byMs
    },
  }
}

describe('while the wall clock runs evenly', () => {
  it('tells its time, and reports nothing', async () => {
    const { wall, advance } = settableClock()
    const clock = createSteadyClock(wall)
    await advance(90_000)
    expect([clock.now(), clock.checkForJump(), clock.jumps, clock.unsteadyUntil]).toEqual([wall.now(), undefined, 0, 0])
  })

  it('sleeps and counts as the wall clock does', async () => {
    const { wall, advance } = settableClock()
    const clock = createSteadyClock(wall)
    const woken = clock.sleep(500).then(() => clock.monotonic())
    await advance(500)
    expect(await woken).toBe(500)
  })
})

describe.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
  ['forward by just two seconds', 2_000],
  ['back by just two seconds', -2_000],
])('when the wall clock is set %s', (_, byMs) => {
  it('does not follow before anybody checks', async () => {
    const { wall, advance, set } = settableClock()
    const clock = createSteadyClock(wall)
    const before = clock.now()
    set(byMs)
    await advance(100)
    expect(clock.now() - before).toBe(100)
  })

  it('reports the jump once, follows from then on, and is unsteady for 30 s', async () => {
    const { wall, advance, set } = settableClock()
    const clock = createSteadyClock(wall)
    set(byMs)
    await advance(1_000)
    expect(clock.checkForJump()).toBe(byMs)
    expect([clock.now(), clock.jumps, clock.unsteadyUntil]).toEqual([wall.now(), 1, wall.now() + 30_000])
    await advance(1_000)
    expect([clock.checkForJump(), clock.jumps, clock.unsteadyUntil - clock.now()]).toEqual([undefined, 1, 29_000])
  })

  it('is unsteady anew when it jumps back', async () => {
    const { wall, advance, set } = settableClock()
    const clock = createSteadyClock(wall)
    set(byMs)
    clock.checkForJump()
    await advance(20_000)
    set(-byMs)
    expect([clock.checkForJump(), clock.jumps, clock.unsteadyUntil]).toEqual([-byMs, 2, wall.now() + 30_000])
  })
})

it.each([500, -500])('follows a drift of %d ms a check without a word, however far it goes', async (driftMs) => {
  const { wall, advance, set } = settableClock()
  const clock = createSteadyClock(wall)
  for (let check = 0; check < 20; check++) {
    set(driftMs)
    await advance(1_000)
    expect(clock.checkForJump()).toBeUndefined()
    expect(clock.now()).toBe(wall.now())
  }
  expect([clock.jumps, clock.unsteadyUntil]).toEqual([0, 0])
})
