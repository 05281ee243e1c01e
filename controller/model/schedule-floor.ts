// The least replicas that the schedules of a Guard ask for at a moment, and which of them does.
import { createTimetable, type TimesSpec, type Window } from './timetable.ts'
import type { EpochMs } from './units.ts'

export interface ScheduleFloor {
  readonly min: number
  /** Which schedule, and until when: 'the schedule "0 9 * * 1-5" (Asia/Shanghai), until 2026-01-05T11:00:00.000Z'. */
  readonly schedule: string
}

export interface ScheduleSpec extends TimesSpec {
  readonly scale: { readonly min: number }
}

/** The highest floor that is on at a moment; undefined when none is. The same object while nothing begins or ends. */
export type FloorAt = (now: EpochMs) => ScheduleFloor | undefined

/** Throws TypeError as parseCron. */
export function createScheduleFloor(schedules: readonly ScheduleSpec[]): FloorAt {
  const timetable = createTimetable(schedules)
  let seen: readonly Window<ScheduleSpec>[] = []
  let floor: ScheduleFloor | undefined
  return (now) => {
    const open = timetable.at(now)
    if (open !== seen) floor = highestOf(open)
    seen = open
    return floor
  }
}

function highestOf(open: readonly Window<ScheduleSpec>[]): ScheduleFloor | undefined {
  const [first, ...others] = open
  if (first === undefined) return undefined
  const { of, end } = others.reduce((high, one) => (one.of.scale.min > high.of.scale.min ? one : high), first)
  const until = new Date(end).toISOString()
  return { min: of.scale.min, schedule: `the schedule "${of.cron}" (${of.timezone}), until ${until}` }
}
