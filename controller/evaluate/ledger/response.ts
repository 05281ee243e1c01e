// How fast Incidents were detected, answered and mitigated: means of what is known of each. Pure.
import type { EpochMs } from '../../model/units.ts'

/** The moments of one Incident; undefined while it has not come so far. */
export interface Course {
  readonly onset: EpochMs
  readonly detectedAt: EpochMs
  readonly firstActionAt: EpochMs | undefined
  readonly mitigatedAt: EpochMs | undefined
}

/** Seconds from impact; null when no Incident of the window came so far. */
export interface ResponseFigures {
  readonly incidents: number
  readonly mttdSeconds: number | null
  readonly timeToFirstActionSeconds: number | null
  readonly timeToMitigateSeconds: number | null
}

/** Of the Incidents that began in the window. */
export function responseOf(courses: readonly Course[], window: { start: EpochMs; end: EpochMs }): ResponseFigures {
  const inside = courses.filter(({ onset }) => onset >= window.start && onset < window.end)
  const mean = (moment: (course: Course) => EpochMs | undefined) => {
    const spans = inside.flatMap((course) => {
      const at = moment(course)
      return at === undefined ? [] : [(at - course.onset) / 1000]
    })
    return spans.length === 0 ? null : spans.reduce((sum, one) => sum + one, 0) / spans.length
  }
  return {
    incidents: inside.length,
    mttdSeconds: mean((course) => course.detectedAt),
    timeToFirstActionSeconds: mean((course) => course.firstActionAt),
    timeToMitigateSeconds: mean((course) => course.mitigatedAt),
  }
}
