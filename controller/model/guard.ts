// The Guard: all that a team says about one service. Types, CRD, `evenkeel check` and the reference page come from here.
import { z } from 'zod'
import { CIRCUIT_MODES } from './circuit.ts'
import { REMEDY } from './remedies.ts'
import { duration, percent } from './schema-texts.ts'
import { WORKLOAD_KINDS } from './workload.ts'

/** A label's name, in Prometheus. */
export const LABEL_PATTERN = /^[a-zA-Z_][a-zA-Z0-9_]*$/

const metric = z
  .string()
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:.]*$/, { error: 'is not a metric name' })
  .meta({ description: 'Name of the metric.' })
const match = z
  .record(z.string(), z.string().refine(isRegularExpression, { error: 'is not a regular expression' }))
  .optional()
  .meta({
    description: "Labels the series must have; each value is a regular expression for the whole value, as PromQL's =~.",
  })
const series = z.strictObject({ metric, match })

const scrape = z
  .strictObject({
    port: z
      .union([z.string().min(1), z.int().min(1).max(65535)])
      .prefault('metrics')
      .meta({ description: 'Name or number of the container port that serves metrics.' }),
    path: z
      .string()
      .regex(/^\//, { error: 'must begin with a slash' })
      .prefault('/metrics')
      .meta({ description: 'Path of the metrics.' }),
    scheme: z.enum(['http', 'https']).prefault('http').meta({ description: 'http or https.' }),
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

const prometheus = z
  .strictObject({
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
        description:
          "Labels that select the service's series; each value is a regular expression for the whole value. Default: the Guard's namespace, and the names of the workload's pods.",
      }),
    podLabel: label.prefault('pod').meta({ description: 'Label that holds the name of the pod.' }),
    tenant: z
      .string()
      .regex(/^[\w!.*'()|-]{1,150}$/, { error: 'is not a tenant id' })
      .optional()
      .meta({ description: 'Tenant, sent as X-Scope-OrgID, for servers such as Mimir that have several.' }),
    interval: duration('How often that server scrapes the pods; the Guard is judged as often.', {
      min: '1s',
      max: '5m',
    }).prefault('15s'),
    timeout: duration('How long the server may take to answer. Default: 80% of the interval, at most 10s.', {
      min: '10ms',
      max: '1m',
    }).optional(),
  })
  .meta({ description: 'Ask a Prometheus, Thanos, Mimir, VictoriaMetrics or any other server with the same HTTP API.' })

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
  | { readonly scrape?: undefined; readonly prometheus: z.output<typeof prometheus> }

export const PROFILE_NAMES = ['prom-client', 'otel', 'fastapi', 'generic'] as const

const signals = z
  .strictObject({
    from,
    profile: z
      .enum(PROFILE_NAMES)
      .prefault('prom-client')
      .meta({ description: 'The exporter whose metric names are used; generic knows none, so name each metric.' }),
    rps: series.optional().meta({ description: 'Counter of requests, in place of the one of the profile.' }),
    errors: series.optional().meta({ description: 'Counter of failed requests, in place of the one of the profile.' }),
    latency: z
      .strictObject({
        metric,
        match,
        unit: z.enum(['seconds', 'milliseconds']).prefault('seconds').meta({ description: 'Unit of the le bounds.' }),
      })
      .optional()
      .meta({ description: 'Histogram of request durations (without _bucket), in place of the one of the profile.' }),
    cpu: series.optional().meta({ description: 'Counter of CPU seconds, in place of the one of the profile.' }),
    pool: z
      .strictObject({
        used: series.meta({ description: 'Gauge of connections in use.' }),
        max: z
          .union([z.int().min(1), series])
          .meta({ description: 'Connections each pod may hold: a number, or the gauge that tells it.' }),
      })
      .optional()
      .meta({ description: 'The connection pool, in place of the one of the profile.' }),
    queue: z
      .strictObject({
        metric,
        match,
        aggregate: z
          .enum(['sum', 'max'])
          .prefault('sum')
          .meta({ description: 'sum when each pod has a queue of its own, max when all report one shared queue.' }),
      })
      .optional()
      .meta({ description: 'Gauge of waiting items, in place of the one of the profile.' }),
  })
  .prefault({})
  .meta({ description: 'What is observed, and where it is read.' })

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
    signals,
    limits,
    circuit,
    incidents,
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
  })
  .meta({ description: 'What is guarded, where its signals are, what is too much, and what may be done about it.' })

/** A Guard's spec as the loop uses it: durations in milliseconds, percentages as ratios, defaults filled in. */
export type GuardSpec = z.output<typeof GUARD_SPEC>

function isBaseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') return false
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '' && !/[?#]/.test(text)
}

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
