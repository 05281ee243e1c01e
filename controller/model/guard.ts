// The Guard: all that a team says about one service. Types, CRD, `evenkeel check` and the reference page come from here.
import { z } from 'zod'
import { CIRCUIT_MODES } from './circuit.ts'
import { DIAGNOSIS_SPEC } from './diagnosis-spec.ts'
import { OBJECTIVES_SPEC } from './objectives-spec.ts'
import { REMEDY } from './remedies.ts'
import { duration, percent } from './schema-texts.ts'
import { SIGNALS_SPEC } from './signals-spec.ts'
import { MAINTENANCE, SCHEDULES } from './timetable-spec.ts'
import { WORKLOAD_KINDS } from './workload.ts'

const limits = z
  .strictObject({
    cpu: percent('CPU of a pod, of its limit, else its request, else one core.').prefault('90%'),
    errors: percent('Share of requests that fail.').prefault('5%'),
    latency: duration('99th percentile of request duration.', { min: '1ms' }).prefault('500ms'),
    pool: percent('Share of the connection pool in use.').prefault('80%'),
    queue: z.int().min(1).prefault(1000).meta({ description: 'Items waiting in the queue.' }),
    window: duration('Errors, latency and CPU are taken over this time.', { min: '200ms', max: '10m' }).prefault('10s'),
    hold: duration(
      'A breach must last this long; 0s acts on one reading. Requests per second are taken over this time.',
      {
        max: '10m',
      },
    ).prefault('2s'),
    release: z
      .strictObject({
        below: percent('A breach is over below this share of the limit…').prefault('80%'),
        for: duration('…for this long. Scaling in waits as long.', { max: '24h' }).prefault('30s'),
      })
      .prefault({})
      .meta({ description: 'When a breach is over.' }),
    minimumRequests: z
      .int()
      .min(0)
      .prefault(20)
      .meta({ description: 'Requests in the window below which errors and latency are unknown.' }),
  })
  .prefault({})
  .meta({ description: 'The thresholds past which something is wrong.' })

const circuit = z
  .strictObject({
    mode: z.enum(CIRCUIT_MODES).prefault('Auto').meta({
      description:
        'Auto follows the signals; ForcedOpen and ForcedClosed have their way over them; MetricsOnly is closed, and shows what Auto would be.',
    }),
    openFor: duration(
      'How long it stays open: the first time so long, the second in a row twice, and so on. At least limits.window.',
      {
        min: '1s',
        max: '1h',
      },
    ).prefault('30s'),
    maxOpenFor: duration('It never stays open longer than this. Closed for so long, it begins again with openFor.', {
      min: '1s',
      max: '24h',
    }).prefault('5m'),
    halfOpenFor: duration(
      'How long it is tried before it closes or opens again. Default: limits.window and limits.hold, at least 30s.',
      { min: '1s', max: '1h' },
    ).optional(),
    probeShare: percent('Share of requests to let through while it is half-open.').prefault('10%'),
  })
  .prefault({})
  .meta({ description: 'The circuit that errors, latency and CPU past their limits open. It is shown in status.' })

const incidents = z
  .strictObject({
    reopenWithin: duration(
      'A breach so soon after the last Incident was resolved is told in that one, which is reopened.',
      { max: '1h' },
    ).prefault('2m'),
    keepFor: duration('A resolved Incident is deleted after this long…', { min: '1h', max: '400d' }).prefault('30d'),
    keep: z.int().min(1).max(500).prefault(50).meta({ description: '…or when there are so many newer ones.' }),
  })
  .prefault({})
  .meta({ description: 'When Incidents are one, and how long they are kept.' })

export const GUARD_SPEC = z
  .strictObject({
    mode: z
      .enum(['Observe', 'Enforce', 'Paused'])
      .prefault('Observe')
      .meta({ description: 'Observe decides and records but changes nothing; Enforce acts; Paused does neither.' }),
    target: z
      .strictObject({
        kind: z.enum(WORKLOAD_KINDS).prefault('Deployment').meta({ description: 'Kind of the workload.' }),
        name: z.string().min(1).meta({ description: "Name of the workload, in the Guard's own namespace." }),
      })
      .meta({ description: 'The workload that is guarded.' }),
    signals: SIGNALS_SPEC,
    objectives: OBJECTIVES_SPEC,
    limits,
    circuit,
    incidents,
    diagnosis: DIAGNOSIS_SPEC,
    remedies: z.array(REMEDY).max(8).prefault([]).meta({
      description: 'What may be done on a breach, in this order.',
    }),
    budget: z
      .strictObject({
        actions: z.int().min(0).max(100).prefault(20).meta({ description: 'At most so many acts…' }),
        per: duration('…in this time.', { min: '1m', max: '24h' }).prefault('1h'),
      })
      .prefault({})
      .meta({ description: 'How often this Guard may act.' }),
    maintenance: MAINTENANCE,
    schedules: SCHEDULES,
  })
  .meta({ description: 'What is guarded, where its signals are, what is too much, and what may be done about it.' })

/** A Guard's spec as the loop uses it: durations in milliseconds, percentages as ratios, defaults filled in. */
export type GuardSpec = z.output<typeof GUARD_SPEC>
