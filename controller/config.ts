// Every knob of the process: environment variable, default and meaning. Flags of `evenkeel run` set the same ones.
import { z } from 'zod'
import { ConfigError } from './model/errors.ts'
import { DURATION_PATTERN, parseDuration, parsePercent } from './model/units.ts'

const duration = (text: string) =>
  z
    .string()
    .regex(DURATION_PATTERN, { error: 'is not a duration, like 500ms, 2s or 1m', abort: true })
    .refine((value) => parseDuration(value) !== 0, { error: 'must be above 0' })
    .prefault(text)
    .transform((value) => parseDuration(value) ?? 0)
const count = (number: number) =>
  z.coerce.number({ error: 'is not a whole number from 1 on' }).int().min(1).prefault(number)

/** Reads HOST:PORT, [IPV6]:PORT or :PORT, in which no host means every address of the machine. Undefined when it is none of them. */
export function parseListen(text: string): { readonly host: string | undefined; readonly port: number } | undefined {
  const [, ipv6, name, digits] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  return { host: ipv6 ?? (name || undefined), port }
}

const LISTEN_FAULT = 'is not HOST:PORT, [IPV6]:PORT or :PORT with a port up to 65535'
const listenOrOff = (text: string) =>
  z
    .string()
    .refine((value) => value === 'off' || parseListen(value) !== undefined, { error: `${LISTEN_FAULT}, or off` })
    .prefault(text)

const share = (text: string) =>
  z
    .string()
    .refine((value) => (parsePercent(value) ?? 101) <= 1, { error: 'is not a share from 0% to 100%' })
    .prefault(text)
    .transform((value) => parsePercent(value) ?? 0)

/** Variable, meaning and schema of each knob, in the order in which `--help` and the reference list them. */
export const KNOBS = {
  namespace: {
    env: 'EVENKEEL_NAMESPACE',
    meaning: 'Watch Guards in this namespace only; empty for all.',
    schema: z.string().prefault(''),
  },
  kubeconfig: {
    env: 'EVENKEEL_KUBECONFIG',
    meaning: 'Path of the kubeconfig; empty for $KUBECONFIG, ~/.kube/config, or the service account inside a pod.',
    schema: z.string().prefault(''),
  },
  context: {
    env: 'EVENKEEL_CONTEXT',
    meaning: 'Context of the kubeconfig; empty for the current one.',
    schema: z.string().prefault(''),
  },
  listen: {
    env: 'EVENKEEL_LISTEN',
    meaning: 'Address of /metrics, /livez and /readyz.',
    schema: z
      .string()
      .refine((value) => parseListen(value) !== undefined, {
        error: LISTEN_FAULT,
      })
      .prefault(':8080'),
  },
  logLevel: {
    env: 'EVENKEEL_LOG_LEVEL',
    meaning: 'trace, debug, info, warn or error.',
    schema: z
      .enum(['trace', 'debug', 'info', 'warn', 'error'], { error: 'is not trace, debug, info, warn or error' })
      .prefault('info'),
  },
  leaseNamespace: {
    env: 'EVENKEEL_LEASE_NAMESPACE',
    meaning: 'Namespace of the Lease; empty for the namespace of the kubeconfig or pod.',
    schema: z.string().prefault(''),
  },
  leaseName: {
    env: 'EVENKEEL_LEASE_NAME',
    meaning: 'Name of the Lease.',
    schema: z.string().min(1, { error: 'is empty' }).prefault('evenkeel'),
  },
  lease: {
    env: 'EVENKEEL_LEASE_DURATION',
    meaning: 'How long others leave a silent leader alone.',
    schema: duration('15s'),
  },
  renewDeadline: {
    env: 'EVENKEEL_RENEW_DEADLINE',
    meaning: 'A leader that could not renew for this long stops acting.',
    schema: duration('10s'),
  },
  retry: {
    env: 'EVENKEEL_LEASE_RETRY',
    meaning: 'Time between tries to renew or to become leader.',
    schema: duration('2s'),
  },
  requestTimeout: {
    env: 'EVENKEEL_REQUEST_TIMEOUT',
    meaning: 'Deadline of each request to the Kubernetes API.',
    schema: duration('5s'),
  },
  scrapeConcurrency: {
    env: 'EVENKEEL_SCRAPE_CONCURRENCY',
    meaning: 'Most scrapes under way at once.',
    schema: count(500),
  },
  dashboardsNamespace: {
    env: 'EVENKEEL_DASHBOARDS_NAMESPACE',
    meaning: 'Keep ConfigMaps with the Grafana dashboards in this namespace; empty for none.',
    schema: z.string().prefault(''),
  },
  dashboardsPerGuard: {
    env: 'EVENKEEL_DASHBOARDS_PER_GUARD',
    meaning: 'Whether each Guard has a dashboard of its own there: true or false.',
    schema: z.enum(['true', 'false'], { error: 'is neither true nor false' }).prefault('false'),
  },
  runbooks: {
    env: 'EVENKEEL_RUNBOOKS',
    meaning: 'URL under which docs/runbooks can be read, for links to them; empty for no links.',
    schema: z
      .string()
      .refine((value) => value === '' || URL.canParse(value), { error: 'is not a URL' })
      .prefault(''),
  },
  flagsListen: {
    env: 'EVENKEEL_FLAGS_LISTEN',
    meaning: 'Address at which flags are served over OFREP; off for not at all.',
    schema: listenOrOff(':8016'),
  },
  flagsGrpcListen: {
    env: 'EVENKEEL_FLAGS_GRPC_LISTEN',
    meaning: 'Address at which flags are served to flagd providers, over gRPC; off for not at all.',
    schema: listenOrOff(':8015'),
  },
  flagsTokenFile: {
    env: 'EVENKEEL_FLAGS_TOKEN_FILE',
    meaning:
      'File of the bearer tokens that may read flags, one a line, read again when it changes; empty: anyone may.',
    schema: z.string().prefault(''),
  },
  flagsStreams: {
    env: 'EVENKEEL_FLAGS_STREAMS',
    meaning: 'Most streams of flags held at once.',
    schema: count(10_000),
  },
  probesListen: {
    env: 'EVENKEEL_PROBES_LISTEN',
    meaning: 'Address at which load balancers ask for readiness over HTTP; off for not at all.',
    schema: listenOrOff(':8017'),
  },
  probesAgentListen: {
    env: 'EVENKEEL_PROBES_AGENT_LISTEN',
    meaning: 'Address at which HAProxy’s agent-check asks, over TCP; off for not at all.',
    schema: listenOrOff(':8018'),
  },
  probesMaxEjected: {
    env: 'EVENKEEL_PROBES_MAX_EJECTED',
    meaning: 'Most of a service’s pods that are kept from load balancers because of their mark; one of several may be.',
    schema: share('30%'),
  },
  probesPanicBelow: {
    env: 'EVENKEEL_PROBES_PANIC_BELOW',
    meaning: 'With fewer well pods than this, load balancers are told to use all of them.',
    schema: share('50%'),
  },
} as const satisfies Record<string, { env: string; meaning: string; schema: z.ZodType }>

export type Config = { readonly [K in keyof typeof KNOBS]: z.output<(typeof KNOBS)[K]['schema']> }

const CONFIG = z.object({
  namespace: KNOBS.namespace.schema,
  kubeconfig: KNOBS.kubeconfig.schema,
  context: KNOBS.context.schema,
  listen: KNOBS.listen.schema,
  logLevel: KNOBS.logLevel.schema,
  leaseNamespace: KNOBS.leaseNamespace.schema,
  leaseName: KNOBS.leaseName.schema,
  lease: KNOBS.lease.schema,
  renewDeadline: KNOBS.renewDeadline.schema,
  retry: KNOBS.retry.schema,
  requestTimeout: KNOBS.requestTimeout.schema,
  scrapeConcurrency: KNOBS.scrapeConcurrency.schema,
  dashboardsNamespace: KNOBS.dashboardsNamespace.schema,
  dashboardsPerGuard: KNOBS.dashboardsPerGuard.schema,
  runbooks: KNOBS.runbooks.schema,
  flagsListen: KNOBS.flagsListen.schema,
  flagsGrpcListen: KNOBS.flagsGrpcListen.schema,
  flagsTokenFile: KNOBS.flagsTokenFile.schema,
  flagsStreams: KNOBS.flagsStreams.schema,
  probesListen: KNOBS.probesListen.schema,
  probesAgentListen: KNOBS.probesAgentListen.schema,
  probesMaxEjected: KNOBS.probesMaxEjected.schema,
  probesPanicBelow: KNOBS.probesPanicBelow.schema,
})

/** Flags win over the environment. Throws ConfigError naming the variable, its value and what is wrong with it. */
export function readConfig(env: NodeJS.ProcessEnv, flags: Partial<Record<keyof Config, string>> = {}): Config {
  const raw = Object.fromEntries(
    Object.entries(KNOBS).map(([name, { env: variable }]) => [
      name,
      Reflect.get(flags, name) ?? (env[variable] || undefined),
    ]),
  )
  const parsed = CONFIG.safeParse(raw)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const name = String(issue?.path[0])
    const variable = Object.entries(KNOBS).find(([knob]) => knob === name)?.[1].env
    throw new ConfigError(`${variable}=${JSON.stringify(Reflect.get(raw, name))} can't be used: it ${issue?.message}`)
  }
  const config: Config = parsed.data
  if (!(config.retry < config.renewDeadline && config.renewDeadline < config.lease))
    throw new ConfigError(
      'EVENKEEL_LEASE_RETRY must be shorter than EVENKEEL_RENEW_DEADLINE, and that shorter than EVENKEEL_LEASE_DURATION',
    )
  return config
}
