// Schedules by cron, on the real clock of the machine: they come, they survive what they run, and they end.
import { describe, expect, it, vi } from 'vitest'
import { type Schedule, startSchedule } from '../../controller/runtime/schedule.ts'

const within = { timeout: 5_000, interval: 20 }

describe('a schedule', () => {
  it('comes each time, also after what it runs has failed, and not once it is stopped', async () => {
    let runs = 0
    const errors: unknown[] = []
    const schedule: Schedule = startSchedule({
      cron: '* * * * * *',
      timezone: 'UTC',
      run() {
        runs++
        if (runs === 1) throw new Error('the first fails')
      },
      onError: (error) => errors.push(error),
    })
    expect(schedule.next()?.getTime()).toBeGreaterThan(Date.now() - 1_000)
    await vi.waitFor(() => expect(runs).toBeGreaterThanOrEqual(2), within)
    expect(errors.map(String).join()).toContain('the first fails')
    schedule.stop()
    expect(schedule.next()).toBeUndefined()
    const before = runs
    const other = { runs: 0 }
    const witness = startSchedule({ cron: '* * * * * *', timezone: 'UTC', run: () => other.runs++, onError: () => {} })
    await vi.waitFor(() => expect(other.runs).toBeGreaterThanOrEqual(2), within)
    witness.stop()
    expect(runs).toBe(before)
  })

  it('goes by its time zone', () => {
    const next = (timezone: string) => {
      const schedule = startSchedule({ cron: '0 9 * * *', timezone, run() {}, onError() {} })
      const hour = schedule.next()?.getUTCHours()
      schedule.stop()
      return hour
    }
    expect([next('UTC'), next('Asia/Shanghai')]).toEqual([9, 1])
  })

  it.each([
    ['61 * * * *', 'UTC'],
    ['* * * * *', 'Nowhere/City'],
  ])('refuses %s in %s', (cron, timezone) => {
    expect(() => startSchedule({ cron, timezone, run() {}, onError() {} })).toThrow(TypeError)
  })
})
