// The floor of a moment: the highest of the schedules that are on, and which that is.
import { describe, expect, it } from 'vitest'
import { createScheduleFloor, type ScheduleSpec } from '../../controller/model/schedule-floor.ts'

const HOUR = 3_600_000
const OFFICE: ScheduleSpec = { cron: '0 9 * * 1-5', timezone: 'Asia/Shanghai', for: 10 * HOUR, scale: { min: 6 } }
const LUNCH: ScheduleSpec = { cron: '0 12 * * *', timezone: 'Asia/Shanghai', for: HOUR, scale: { min: 9 } }
const NIGHT: ScheduleSpec = { cron: '0 12 * * *', timezone: 'Asia/Shanghai', for: 2 * HOUR, scale: { min: 3 } }

describe('the floor', () => {
  // Monday 5 January 2026; Shanghai is 8 hours ahead.
  it.each([
    ['2026-01-05T00:59:59Z', undefined],
    ['2026-01-05T01:00:00Z', 6],
    ['2026-01-05T04:00:00Z', 9],
    ['2026-01-05T05:00:00Z', 6],
    ['2026-01-05T11:00:00Z', undefined],
    ['2026-01-10T02:00:00Z', undefined],
    ['2026-01-10T04:30:00Z', 9],
    ['2026-01-10T05:30:00Z', 3],
  ])('at %s is %s', (time, min) => {
    expect(createScheduleFloor([OFFICE, LUNCH, NIGHT])(Date.parse(time))?.min).toBe(min)
  })

  it('names its schedule, and its end', () => {
    expect(createScheduleFloor([OFFICE])(Date.parse('2026-01-05T02:00:00Z'))?.schedule).toBe(
      'the schedule "0 9 * * 1-5" (Asia/Shanghai), until 2026-01-05T11:00:00.000Z',
    )
  })

  it('is the same object while nothing begins or ends', () => {
    const floorAt = createScheduleFloor([OFFICE, LUNCH])
    const first = floorAt(Date.parse('2026-01-05T02:00:00Z'))
    expect(first).toBeDefined()
    expect(floorAt(Date.parse('2026-01-05T03:59:59Z'))).toBe(first)
    expect(floorAt(Date.parse('2026-01-05T04:00:00Z'))).not.toBe(first)
  })

  it('is none without schedules', () => {
    expect(createScheduleFloor([])(0)).toBeUndefined()
  })
})
