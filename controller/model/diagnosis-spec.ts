// What a Guard says about diagnosis: the exporters that are looked at while a limit is breached.
import { z } from 'zod'
import { isRegularExpression } from './schema-texts.ts'

export const DIAGNOSIS_PROFILES = [
  'node',
  'postgres',
  'mysqld',
  'pgbouncer',
  'redis',
  'nginx',
  'haproxy',
  'uwsgi',
  'celery',
] as const
export type DiagnosisProfile = (typeof DIAGNOSIS_PROFILES)[number]

const source = z.strictObject({
  profile: z.enum(DIAGNOSIS_PROFILES).meta({ description: 'The exporter whose metric names are used.' }),
  service: z
    .string()
    .min(1)
    .meta({ description: "Service in front of the exporter's pods, in the Guard's namespace." }),
  port: z
    .union([z.string().min(1), z.int().min(1).max(65535)])
    .optional()
    .meta({
      description:
        "Name or number of the Service's port, else of the pods'. Default: its port that is called metrics or http-metrics, else its only one.",
    }),
  path: z
    .string()
    .regex(/^\//, { error: 'must begin with a slash' })
    .prefault('/metrics')
    .meta({ description: 'Path of the metrics.' }),
  scheme: z.enum(['http', 'https']).prefault('http').meta({ description: 'http or https.' }),
  match: z
    .record(z.string(), z.string().refine(isRegularExpression, { error: 'is not a regular expression' }))
    .optional()
    .meta({
      description:
        'Of the series that have one of these labels only those whose value matches; each value is a regular expression for the whole value.',
    }),
})
export type DiagnosisSource = z.output<typeof source>

export const DIAGNOSIS_SPEC = z
  .strictObject({
    sources: z
      .array(source)
      .max(16)
      .prefault([])
      .meta({ description: 'Exporters beside the service that tell of the resources it uses.' }),
  })
  .prefault({})
  .meta({ description: 'Where else is looked for the resource that binds while a limit is breached.' })
