// Runs something at the times of a cron expression, by the wall clock, until it is stopped.
import { createTask, validate } from 'node-cron'
import { messageOf } from '../model/errors.ts'

export interface Schedule {
  /** When it comes next; undefined once it is stopped. */
  next(): Date | undefined
  stop(): void
}

export interface ScheduleOptions {
  /** Five fields, or six with the seconds first. */
  readonly cron: string
  /** A name of the IANA database. */
  readonly timezone: string
  /** Returns at once. */
  readonly run: () => void
  readonly onError: (error: unknown) => void
}

/** Throws TypeError when the expression or the time zone can't be used. */
export function startSchedule({ cron, timezone, run, onError }: ScheduleOptions): Schedule {
  if (!validate(cron)) throw new TypeError(`"${cron}" is not a cron expression that can be used`)
  // What was missed while the process was busy is not made up for: the next time comes soon enough.
  const task = createTask(cron, run, { timezone, unref: true, suppressMissedWarning: true, logger: loggerOf(onError) })
  const started = attempt(() => task.start())
  if (started !== undefined) throw new TypeError(`"${cron}" in ${timezone} can't be used: ${started}`)
  let stopped = false
  return {
    next: () => (stopped ? undefined : (task.getNextRun() ?? undefined)),
    stop() {
      if (stopped) return
      stopped = true
      void task.destroy()
    },
  }
}

/** It would write to the console, where our own lines are for programs to read. */
function loggerOf(onError: ScheduleOptions['onError']) {
  return { info() {}, debug() {}, warn: onError, error: onError }
}

function attempt(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
