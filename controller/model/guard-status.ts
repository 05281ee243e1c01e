// What a Guard's status keeps: enough for people to read, and for the next leader to go on exactly where the last one stopped.
import { z } from 'zod'
import { CIRCUIT_STATUS } from './circuit.ts'
import { CONDITION, TIMESTAMP } from './conditions.ts'
import { ISOLATION } from './isolation.ts'
import { FLOW_LIMIT, LADDER_STATUS } from './ladder.ts'
import { LEDGER_STATUS } from './ledger-status.ts'
import { OBJECTIVE_STATUS } from './objectives-status.ts'
import { DIAGNOSIS_STATUS } from './resource.ts'

const SIGNAL_STATUS = z.object({
  value: z.number().optional().meta({ description: 'The value in base units (seconds, ratios); absent when unknown.' }),
  text: z.string().meta({ description: 'The value as people write it, or unknown.' }),
  why: z.string().optional().meta({ description: 'Why it is unknown, or what part of the pods was not seen.' }),
  from: z.string().optional().meta({ description: 'Where it is read, when not where spec.signals.from says.' }),
})

const BREACH = z.object({
  limit: z.string().meta({ description: 'Which limit: rps, errors, latency, cpu, pool or queue.' }),
  onset: TIMESTAMP.meta({ description: 'First reading past the limit.' }),
  confirmedAt: TIMESTAMP.meta({ description: 'When it had lasted for the hold time.' }),
  peak: z.number().meta({ description: 'The worst value seen.' }),
  threshold: z.number().meta({ description: 'The limit at the time of the worst value.' }),
})

const EFFECT = z.object({
  limit: z.string().meta({ description: 'The limit that was breached.' }),
  threshold: z.number().meta({ description: 'The limit at that time, in base units.' }),
  before: z.number().meta({ description: 'The value when it was decided.' }),
  after: z.number().optional().meta({ description: 'The value when it was judged; absent while it is unknown.' }),
})

export const ACTION = z.object({
  id: z.string().meta({ description: 'Unique in this Guard.' }),
  at: TIMESTAMP.meta({ description: 'When it was decided.' }),
  remedy: z.string().meta({ description: 'The remedy, e.g. scale.' }),
  field: z.string().meta({ description: 'What was written, e.g. Deployment/checkout replicas.' }),
  from: z.int().meta({
    description: 'The value before: of a Feature 1 is on and 0 off, of a pod 1 is in, of a flow 0 is no limit.',
  }),
  to: z.int().meta({ description: 'The value asked for.' }),
  why: z.string().meta({ description: 'The reason, in one sentence.' }),
  outcome: z
    .enum(['Pending', 'Done', 'Failed', 'Abandoned'])
    .meta({ description: 'Pending is written before the act, so that a successor can finish or abandon it.' }),
  detail: z.string().optional().meta({ description: 'Why it failed or was abandoned.' }),
  verdict: z
    .enum(['Improved', 'NotImproved', 'Inconclusive'])
    .optional()
    .meta({ description: 'Whether the breached signals improved within effectWithin.' }),
  incident: z.string().optional().meta({ description: 'The Incident it belongs to.' }),
  rung: z.int().optional().meta({ description: 'Which of spec.remedies did it, counted from 0.' }),
  effect: z
    .array(EFFECT)
    .optional()
    .meta({ description: 'The breached signals, as they were before it and when it was judged.' }),
  judgedAt: TIMESTAMP.optional().meta({ description: 'When it was judged.' }),
})

const RULING = z.object({
  interlock: z.string().meta({ description: 'Which interlock.' }),
  verdict: z.enum(['Allow', 'Reduce', 'Veto']).meta({ description: 'What it said.' }),
  why: z.string().meta({ description: 'Its reason.' }),
})

const DECISION = z.object({
  at: TIMESTAMP.meta({ description: 'When it was decided.' }),
  verdict: z
    .enum(['Acted', 'WouldAct', 'Vetoed', 'Failed'])
    .meta({ description: 'Acted, WouldAct (Observe mode), Vetoed by an interlock, or Failed at the API.' }),
  summary: z.string().meta({ description: 'The decision in one sentence.' }),
  reasons: z.array(z.string()).meta({ description: 'The findings it rests on.' }),
  interlocks: z.array(RULING).meta({ description: 'What each interlock said, in order.' }),
})

export const GUARD_STATUS = z
  .object({
    observedGeneration: z.int().optional().meta({ description: 'The generation of the spec this status speaks of.' }),
    conditions: z.array(CONDITION).optional().meta({ description: 'Accepted, Observed, Healthy, Exhausted.' }),
    signals: z.record(z.string(), SIGNAL_STATUS).optional().meta({ description: 'The last reading of each signal.' }),
    signalsAt: TIMESTAMP.optional().meta({ description: 'When the signals were read.' }),
    replicas: z
      .object({
        wanted: z.int().meta({ description: 'Replicas asked for.' }),
        ready: z.int().meta({ description: 'Replicas that are ready.' }),
      })
      .optional()
      .meta({ description: 'Replicas of the target.' }),
    breaches: z.array(BREACH).optional().meta({ description: 'Limits that are breached now.' }),
    circuit: CIRCUIT_STATUS.optional().meta({
      description: 'The circuit; absent while the Guard is refused or paused.',
    }),
    incident: z.string().optional().meta({ description: 'The open Incident.' }),
    diagnosis: DIAGNOSIS_STATUS.optional(),
    lastIncident: z
      .string()
      .optional()
      .meta({ description: 'The last Incident, once it is resolved: a breach that comes back soon reopens it.' }),
    lastDecision: DECISION.optional().meta({ description: 'The last decision that was not “nothing to do”, and why.' }),
    recentActions: z
      .array(ACTION)
      .optional()
      .meta({ description: 'Acts, newest last: the memory of cooldown and budget.' }),
    raisedMinimum: z
      .object({
        kind: z.string().meta({ description: 'Kind of the autoscaler.' }),
        name: z.string().meta({ description: 'Name of the autoscaler.' }),
        original: z.int().meta({ description: 'Its minimum before, to which it returns.' }),
      })
      .optional()
      .meta({ description: 'An autoscaler whose minimum Evenkeel has raised.' }),
    ladder: LADDER_STATUS.optional(),
    flows: z.array(FLOW_LIMIT).optional().meta({ description: 'The flows that are limited now.' }),
    isolations: z
      .array(ISOLATION)
      .optional()
      .meta({ description: 'The pods that are out of load balancing, or back on trial.' }),
    ledger: LEDGER_STATUS.optional(),
    objectives: z
      .array(OBJECTIVE_STATUS)
      .optional()
      .meta({ description: 'The error budgets of spec.objectives, and how fast they burn.' }),
  })
  .meta({ description: 'What Evenkeel last saw, decided and did.' })

export type GuardStatus = Readonly<z.output<typeof GUARD_STATUS>>
export type SignalStatus = Readonly<z.output<typeof SIGNAL_STATUS>>
export type BreachStatus = Readonly<z.output<typeof BREACH>>
export type Action = Readonly<z.output<typeof ACTION>>
export type ActionEffect = Readonly<z.output<typeof EFFECT>>
export type DecisionStatus = Readonly<z.output<typeof DECISION>>
export type RaisedMinimum = NonNullable<GuardStatus['raisedMinimum']>
