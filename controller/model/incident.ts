// The Incident: one outage or threat of one, from onset to resolution, written by Evenkeel and read by people.
import { z } from 'zod'
import { TIMESTAMP } from './conditions.ts'
import { ACTION } from './guard-status.ts'
import { DIAGNOSIS_STATUS } from './resource.ts'

const FINDING = z.object({
  limit: z.string().meta({ description: 'Which limit was breached.' }),
  onset: TIMESTAMP.meta({ description: 'First reading past the limit.' }),
  releasedAt: TIMESTAMP.optional().meta({ description: 'When it was over.' }),
  peak: z.number().meta({ description: 'The worst value, in base units.' }),
  threshold: z.number().meta({ description: 'The limit at the time of the worst value.' }),
  text: z.string().meta({ description: 'The finding in one sentence.' }),
})

const ENTRY = z.object({
  at: TIMESTAMP.meta({ description: 'When.' }),
  what: z.string().meta({ description: 'What happened, in one sentence.' }),
})

export const INCIDENT_SPEC = z
  .object({
    guard: z.string().meta({ description: 'The Guard that saw it.' }),
    target: z
      .object({
        kind: z.string().meta({ description: 'Kind of the workload.' }),
        name: z.string().meta({ description: 'Name of the workload.' }),
      })
      .meta({ description: 'The workload it is about.' }),
  })
  .meta({ description: 'Whose incident it is.' })

export const INCIDENT_STATUS = z
  .object({
    phase: z.enum(['Open', 'Mitigated', 'Resolved']).prefault('Open').meta({
      description: 'Open while a limit is breached, Mitigated when all are back under it, Resolved when that lasted.',
    }),
    severity: z.enum(['Warning', 'Critical']).optional().meta({
      description: 'Critical once requests fail, no replica is ready, or no remedy is left; it never falls again.',
    }),
    summary: z.string().meta({ description: 'The incident in one sentence.' }),
    onset: TIMESTAMP.meta({ description: 'First reading past a limit.' }),
    detectedAt: TIMESTAMP.meta({ description: 'When the breach had lasted for the hold time.' }),
    firstActionAt: TIMESTAMP.optional().meta({ description: 'First act that was carried out.' }),
    mitigatedAt: TIMESTAMP.optional().meta({ description: 'When every signal was back under its limit.' }),
    resolvedAt: TIMESTAMP.optional().meta({ description: 'When every breach was released.' }),
    reopened: z
      .int()
      .optional()
      .meta({ description: 'How often a limit was passed again soon after it was resolved; absent when never.' }),
    diagnosis: DIAGNOSIS_STATUS.optional(),
    findings: z.array(FINDING).meta({ description: 'Every limit breached, with its peak.' }),
    actions: z.array(ACTION).meta({ description: 'Every act, with its reason and outcome.' }),
    timeline: z.array(ENTRY).meta({ description: 'The story, oldest first.' }),
  })
  .meta({ description: 'The course of the incident.' })

export type IncidentSpec = Readonly<z.output<typeof INCIDENT_SPEC>>
export type IncidentStatus = Readonly<z.output<typeof INCIDENT_STATUS>>
export type IncidentFinding = Readonly<z.output<typeof FINDING>>
export type TimelineEntry = Readonly<z.output<typeof ENTRY>>

/** An Incident as the loop holds it. */
export interface Incident {
  readonly name: string
  readonly namespace: string
  readonly spec: IncidentSpec
  readonly status: IncidentStatus
}
