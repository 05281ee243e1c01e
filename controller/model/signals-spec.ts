// What a Guard says of its signals: where they are read, by which names, and which of them come from elsewhere.
import { z } from 'zod'
import { EXPORTER_PROFILE_NAMES, SERVICE_PROFILE_NAMES, type SourceName } from './profiles.ts'
import { isBaseUrl, PROMETHEUS_AUTH } from './prometheus-auth.ts'
import { duration, isRegularExpression } from './schema-texts.ts'

/** A label's name, in Prometheus. */
export const LABEL_PATTERN = /^[a-zA-Z_][a-zA-Z0-9_]*$/

const metric = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:.]*$/, { error: 'is not a metric name' })
const match = z
  .record(z.string(), z.string().refine(isRegularExpression, { error: 'is not a regular expression' }))
  .optional()
  .meta({
    description: "Labels the series must have; each value is a regular expression for the whole value, as PromQL's =~.",
  })
const series = z.strictObject({ metric: metric.meta({ description: 'Name of the metric.' }), match })

const portNameOrNumber = z.union([z.string().min(1), z.int().min(1).max(65535)])
const absolutePath = z.string().regex(/^\//, { error: 'must begin with a slash' })
const scheme = z.enum(['http', 'https'])

const scrape = z
  .strictObject({
    port: portNameOrNumber
      .prefault('metrics')
      .meta({ description: 'Name or number of the container port that serves metrics.' }),
    path: absolutePath.prefault('/metrics').meta({ description: 'Path of the metrics.' }),
    scheme: scheme.prefault('http').meta({ description: 'http or https.' }),
    interval: duration('How often each pod is scraped and the Guard judged.', { min: '100ms', max: '5m' }).prefault(
      '1s',
    ),
    timeout: duration('How long a pod may take to answer. Default: 80% of the interval, at most 10s.', {
      min: '10ms',
      max: '1m',
    }).optional(),
  })
  .meta({ description: "Scrape the pods' own metrics endpoints." })

const label = z
  .string()
  .regex(LABEL_PATTERN, { error: 'is not a label name: write letters, digits and underscores, no digit first' })

/** A server to ask; `whose` says which series are meant when nothing selects them, `how` what the interval means here. */
const prometheusServer = (whose: string, how: string) =>
  z.strictObject({
    url: z
      .string()
      .refine(isBaseUrl, {
        error: 'is not a base URL: write http:// or https://, a host, and a path if there is one, and nothing else',
      })
      .meta({ description: 'Base URL of the HTTP API, like http://prometheus.monitoring:9090; /api/v1/… is added.' }),
    match: z
      .record(label, z.string().refine(isRegularExpression, { error: 'is not a regular expression' }))
      .optional()
      .meta({
        description: `Labels that select the series; each value is a regular expression for the whole value. Default: ${whose}.`,
      }),
    podLabel: label.prefault('pod').meta({ description: 'Label that holds the name of the pod.' }),
    tenant: z
      .string()
      .regex(/^[\w!.*'()|-]{1,150}$/, { error: 'is not a tenant id' })
      .optional()
      .meta({ description: 'Tenant, sent as X-Scope-OrgID, for servers such as Mimir that have several.' }),
    auth: PROMETHEUS_AUTH,
    interval: duration(how, { min: '1s', max: '5m' }).prefault('15s'),
    timeout: duration('How long the server may take to answer. Default: 80% of the interval, at most 10s.', {
      min: '10ms',
      max: '1m',
    }).optional(),
  })

const prometheus = prometheusServer(
  "the Guard's namespace, and the names of the workload's pods",
  'How often that server scrapes the pods; the Guard is judged as often.',
).meta({ description: 'Ask a Prometheus, Thanos, Mimir, VictoriaMetrics or any other server with the same HTTP API.' })

const sidePrometheus = prometheusServer("the Guard's namespace", 'How often that server scrapes what tells the signal.')
  .optional()
  .meta({ description: 'Ask this Prometheus for this signal, wherever the others are read.' })

const from = z
  .strictObject({ scrape: scrape.optional(), prometheus: prometheus.optional() })
  .refine((one) => one.scrape === undefined || one.prometheus === undefined, {
    error: 'has both scrape and prometheus, of which only one can be used',
  })
  .transform(
    (one): SignalOrigin =>
      one.prometheus === undefined ? { scrape: one.scrape ?? scrape.parse({}) } : { prometheus: one.prometheus },
  )
  .prefault({})
  .meta({ description: 'Where the signals come from: scrape, which is the default, or prometheus. Not both.' })

/** Exactly one of the two. */
export type SignalOrigin =
  | { readonly scrape: z.output<typeof scrape>; readonly prometheus?: undefined }
  | { readonly scrape?: undefined; readonly prometheus: PrometheusOrigin }
export type PrometheusOrigin = z.output<typeof prometheus>

/** The pods behind a Service, where something that is not the workload tells of it. */
const servicePlace = {
  service: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'is not the name of a Service' })
    .optional()
    .meta({ description: "Scrape the pods behind this Service, in the Guard's namespace." }),
  port: portNameOrNumber.optional().meta({
    description:
      'Name or number of the port that serves metrics, of the Service or else of its pods. Default: the port metrics, else the only one.',
  }),
  path: absolutePath.optional().meta({ description: 'Path of the metrics. Default: /metrics.' }),
  scheme: scheme.optional().meta({ description: 'http or https. Default: http.' }),
}

/** What each signal may say beside its own names: who tells it, and where. Without a place it is read where `from` says. */
const elsewhere = {
  profile: z
    .enum(EXPORTER_PROFILE_NAMES)
    .optional()
    .meta({ description: 'The exporter that tells this signal, in place of metrics that are named here.' }),
  match,
  ...servicePlace,
  prometheus: sidePrometheus,
}
const namedMetric = metric.optional().meta({ description: 'Name of the metric. Needed where no profile is named.' })
const seriesOrElsewhere = z.strictObject({ metric: namedMetric, ...elsewhere }).optional()

export const SIGNALS_SPEC = z
  .strictObject({
    from,
    profile: z
      .enum(SERVICE_PROFILE_NAMES)
      .prefault('prom-client')
      .meta({ description: 'The exporter whose metric names are used; generic knows none, so name each metric.' }),
    rps: seriesOrElsewhere.meta({ description: 'Counter of requests, in place of the one of the profile.' }),
    errors: seriesOrElsewhere.meta({ description: 'Counter of failed requests, in place of the one of the profile.' }),
    latency: z
      .strictObject({
        metric: namedMetric,
        unit: z
          .enum(['seconds', 'milliseconds'])
          .optional()
          .meta({ description: 'Unit of the le bounds. Default: seconds.' }),
        ...elsewhere,
      })
      .optional()
      .meta({ description: 'Histogram of request durations (without _bucket), in place of the one of the profile.' }),
    cpu: seriesOrElsewhere.meta({ description: 'Counter of CPU seconds, in place of the one of the profile.' }),
    pool: z
      .strictObject({
        used: series.optional().meta({ description: 'Gauge of connections in use. Needed where no profile is named.' }),
        max: z
          .union([z.int().min(1), series])
          .optional()
          .meta({
            description:
              'Connections each pod may hold: a number, or the gauge that tells it. Needed where no profile is named.',
          }),
        ...elsewhere,
      })
      .optional()
      .meta({ description: 'The connection pool, in place of the one of the profile.' }),
    queue: z
      .strictObject({
        metric: namedMetric,
        aggregate: z.enum(['sum', 'max']).optional().meta({
          description: 'sum when each pod has a queue of its own, max when all report one shared queue. Default: sum.',
        }),
        ...elsewhere,
      })
      .optional()
      .meta({ description: 'Gauge of waiting items, in place of the one of the profile.' }),
  })
  .prefault({})
  .meta({ description: 'What is observed, and where it is read.' })

export type SignalsSpec = z.output<typeof SIGNALS_SPEC>
/** What a Guard says of one signal. */
export type SignalOverride = NonNullable<SignalsSpec[SourceName]>
