// A cron expression and its time zone: when it comes next, and what is wrong with one that can't be used.
import { Cron as Croner } from 'croner'
import { messageOf } from './errors.ts'
import type { EpochMs } from './units.ts'

export interface Cron {
  /** The first moment after `at` at which it comes. */
  nextAfter(at: EpochMs): EpochMs
}

/** `field` is the one that is to be corrected. */
export interface CronFault {
  readonly field: 'cron' | 'timezone'
  readonly message: string
  readonly remedy: string
}

/** What a Guard says: five fields, and the name of a time zone. */
export interface CronText {
  readonly cron: string
  readonly timezone: string
}

const HOW = 'write minute, hour, day of month, month and day of week, like "0 3 * * 0" for Sundays at 3'

/**
 * A time that a clock put forward skips comes when the skipped hour is over, and one that a clock put back repeats comes the
 * first time only; an expression with a wildcard or a step in minute or hour goes by the time that passes. Throws TypeError
 * for what `faultOfCron` finds fault with.
 */
export function parseCron(text: CronText): Cron {
  const cron = read(text)
  return {
    nextAfter(at) {
      const next = cron.nextRun(new Date(at))
      if (next === null) throw new TypeError(`"${text.cron}" never comes after ${new Date(at).toISOString()}`)
      return next.getTime()
    },
  }
}

/** Why an expression can't be used; undefined when it can. */
export function faultOfCron(text: CronText): CronFault | undefined {
  const { cron, timezone } = text
  if (!isTimeZone(timezone))
    return {
      field: 'timezone',
      message: 'is not a time zone that is known here',
      remedy: 'write a name of the IANA database, like UTC, Europe/Berlin or America/New_York',
    }
  if (cron.trim().split(/\s+/).length !== 5 || /[?@]/.test(cron))
    return { field: 'cron', message: 'is not a cron expression of five fields', remedy: HOW }
  try {
    if (read(text).nextRun(new Date(0)) !== null) return undefined
    return {
      field: 'cron',
      message: 'never comes: there is no such day',
      remedy: 'correct the day of month and the month',
    }
  } catch (error) {
    const why = messageOf(error).replace(/^Cron\w*: /, '')
    return { field: 'cron', message: `is not a cron expression (${why})`, remedy: HOW }
  }
}

function read({ cron, timezone }: CronText): Croner {
  return new Croner(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true })
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
