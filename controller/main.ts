// The composition root: the only file that makes things, wires them together and takes signals.
import { createBell } from '../alerts/push/bell.ts'
import { startFlagServers } from '../flags/start.ts'
import packageJson from '../package.json' with { type: 'json' }
import { startProbeServers } from '../probes/start.ts'
import { type Config, parseListen } from './config.ts'
import { connectKube } from './kube/client.ts'
import { createEventRecorder } from './kube/events.ts'
import { projectFailoverGroup } from './kube/failover-group.ts'
import { projectFeature } from './kube/feature.ts'
import { createElector, uniqueIdentity } from './kube/lease.ts'
import { createReflector, type Reflector } from './kube/reflector.ts'
import {
  DEPLOYMENTS,
  FAILOVER_GROUPS,
  FEATURES,
  GUARDS,
  PODS,
  type ResourceType,
  SERVICES,
  STATEFUL_SETS,
} from './kube/resource-type.ts'
import { projectPod, projectRaw, projectService, projectWorkload } from './kube/resources.ts'
import { systemClock } from './model/clock.ts'
import { messageOf } from './model/errors.ts'
import { runMonitoring } from './monitoring.ts'
import { createMemberCredentials } from './observe/failover/credentials.ts'
import { createPrometheusApi } from './observe/prometheus/api.ts'
import { createCredentialSource } from './observe/prometheus/credentials.ts'
import { createPrometheusSource } from './observe/prometheus/source.ts'
import { createFetcher } from './observe/scrape/fetcher.ts'
import { startFailoverLoop } from './reconcile/failover-group.ts'
import { createGuardLoop } from './reconcile/guard.ts'
import { startKeepers } from './reconcile/keepers.ts'
import { pruneIncidents } from './reconcile/prune-incidents.ts'
import { registerFailoverMetrics } from './record/failover-metrics.ts'
import { registerFlagMetrics } from './record/flag-metrics.ts'
import { createLogger } from './record/log.ts'
import { createMetrics } from './record/metrics.ts'
import { registerProbeMetrics } from './record/probe-metrics.ts'
import { startTracing } from './record/traces.ts'
import { createSteadyClock } from './runtime/steady-clock.ts'
import { createTokenBucket } from './runtime/token-bucket.ts'
import { createWorkqueue } from './runtime/workqueue.ts'
import { problemOf, serve } from './serve.ts'

/** In a cluster whose CRDs are older than the controller there are no Features to wait for. */
const FEATURES_WITHIN_MS = 10_000

/** Runs the controller until a signal comes or `stop` aborts, then shuts down cleanly. Throws ConfigError when it can't start. */
export async function runController(config: Config, stop: AbortSignal): Promise<void> {
  const log = createLogger(config.logLevel)
  const clock = createSteadyClock(systemClock)
  const stopTracing = await startTracing(process.env, packageJson.version)
  const ending = new AbortController()
  const { signal } = ending

  const client = await connectKube({
    kubeconfigPath: config.kubeconfig || undefined,
    context: config.context || undefined,
    requestTimeoutMs: config.requestTimeout,
    clock: systemClock,
    onRequest: ({ method, status, durationMs }) =>
      metrics.kubeRequests.observe({ method, status: String(status) }, durationMs / 1000),
  })
  const identity = uniqueIdentity()
  const elector = createElector({
    client,
    clock: systemClock,
    identity,
    namespace: config.leaseNamespace || client.namespace,
    name: config.leaseName,
    leaseMs: config.lease,
    renewDeadlineMs: config.renewDeadline,
    retryMs: config.retry,
    onError: (error) => log.debug({ err: error }, `The lease: ${messageOf(error)}`),
  })
  const metrics = createMetrics({
    version: packageJson.version,
    isLeading: () => elector.isLeading(),
    guards: () => loop.views(),
    refused: () => loop.refused(),
    events: () => ({ ...events.counts }),
    panic: () => loop.panic,
  })

  const watch = <T>(type: ResourceType, project: (raw: unknown) => T): Reflector<T> =>
    createReflector({
      client,
      clock: systemClock,
      type,
      project,
      namespace: config.namespace || undefined,
      onProblem: ({ during, error, key }) =>
        log.warn({ kind: type.kind, during, key }, `Watching ${type.plural}: ${messageOf(error)}`),
    })
  const guards = watch(GUARDS, projectRaw)
  const pods = watch(PODS, projectPod)
  const services = watch(SERVICES, projectService)
  const deployments = watch(DEPLOYMENTS, projectWorkload('Deployment'))
  const statefulSets = watch(STATEFUL_SETS, projectWorkload('StatefulSet'))
  const reflectors = { guards, pods, services, deployments, statefulSets }
  // Not among them: a cluster whose CRDs are older than the controller is guarded all the same.
  const features = watch(FEATURES, projectFeature)
  const failoverGroups = watch(FAILOVER_GROUPS, projectFailoverGroup)
  const watches = [...Object.values(reflectors), features, failoverGroups]

  const events = createEventRecorder({
    client,
    clock,
    instance: identity,
    onError: (error) => log.warn(`An Event could not be written: ${messageOf(error)}`),
  })
  const fetcher = createFetcher({ concurrency: config.scrapeConcurrency })
  const prometheusApi = createPrometheusApi({
    credentials: createCredentialSource({ client, clock }),
    onQuery: (outcome) => metrics.queries.inc({ outcome }),
  })
  const bell = createBell(systemClock)
  const loop = createGuardLoop({
    client,
    clock,
    log,
    guards,
    pods,
    features,
    failoverGroups,
    services,
    workloads: { Deployment: deployments, StatefulSet: statefulSets },
    isLeading: () => elector.isLeading(),
    isOnDuty: () => elector.state !== 'standby',
    readings: createTokenBucket({ perSecond: 20, burst: 50, clock }),
    fetcher,
    prometheus: createPrometheusSource({ api: prometheusApi, clock }),
    events,
    metrics,
    onExhausted: bell.ring,
    signal: stop,
  })
  const queue = createWorkqueue({
    reconcile: (key) => loop.reconcile(key),
    clock: systemClock,
    // A Guard waits for its slowest pod: with a limit here, hung pods of some Guards would delay the others.
    concurrency: Number.POSITIVE_INFINITY,
    onError: ({ key, error, retryAfterMs }) =>
      log.error({ guard: key, err: error, retryAfterMs }, `${key}: ${messageOf(error)}`),
  })

  const workloads = { Deployment: deployments, StatefulSet: statefulSets }
  const isLeading = () => elector.isLeading()
  const keepers = startKeepers({ client, clock, log, features, guards, pods, workloads, events, isLeading })
  const failoverLoop = startFailoverLoop({
    client,
    clock,
    log,
    groups: failoverGroups,
    pods,
    services,
    credentials: createMemberCredentials({ client, clock }),
    isLeading,
    isOnDuty: () => elector.state !== 'standby',
    panic: () => loop.panic,
    events,
    metrics: registerFailoverMetrics(metrics.registry, () => failoverLoop.views()),
    onUrgent: bell.ring,
    signal: stop,
  })
  const flags = await startFlagServers({
    features,
    guards,
    clock,
    ofrep: parseListen(config.flagsListen),
    flagd: parseListen(config.flagsGrpcListen),
    namespace: config.namespace || undefined,
    tokenFile: config.flagsTokenFile,
    mostStreams: config.flagsStreams,
    onProblem: (message) => log.warn(message),
  })
  registerFlagMetrics(metrics.registry, {
    now: clock.now,
    features: () => features.list(),
    evaluations: () => flags.evaluations,
    streams: () => flags.subscribers(),
  })

  const probes = await startProbeServers({
    pods,
    services,
    guards,
    workloads,
    clock,
    rules: { maxEjected: config.probesMaxEjected, panicBelow: config.probesPanicBelow },
    namespace: config.namespace || undefined,
    http: parseListen(config.probesListen),
    agent: parseListen(config.probesAgentListen),
  }).catch(async (error: unknown) => {
    await flags.close()
    throw error
  })
  registerProbeMetrics(metrics.registry, { answers: () => probes.answers, services: probes.services })

  guards.onChange((key, change) => {
    if (change === 'deleted' || guards.get(key)?.generation !== loop.generationOf(key)) queue.add(key)
  })
  elector.onChange((state) => {
    log.info({ state, holder: elector.holder }, LEADER_STATES[state])
    // Spread over a second, so that a thousand Guards don't scrape in the same instant ever after.
    for (const { namespace, name } of guards.list()) queue.addAfter(`${namespace}/${name}`, Math.random() * 1000)
    failoverLoop.all()
    if (state === 'leading') keepers.all()
  })

  const server = await serve(
    config,
    metrics.registry,
    () => {
      const problems = watches.map((one) => problemOf(one))
      return problems.find((problem) => problem !== undefined)
    },
    () => (elector.state === 'lost-contact' ? 'the lease could not be renewed: nothing is acted on' : undefined),
    () => flags.problem,
  ).catch(async (error: unknown) => {
    await Promise.all([probes.close(), flags.close()])
    throw error
  })
  log.info(
    { listen: config.listen, flags: flags.ports, server: client.server, identity, version: packageJson.version },
    'Evenkeel starts',
  )

  const jumpWatch = setInterval(() => {
    const jumpMs = clock.checkForJump()
    if (jumpMs !== undefined) log.warn({ jumpMs: Math.round(jumpMs) }, 'The clock jumped: nothing is acted on for 30 s')
  }, 1000)
  const namespace = config.namespace || undefined
  const running = [
    ...watches.map((reflector) => reflector.run(signal)),
    pruneIncidents({ client, clock, log, guards, isLeading, namespace, signal: stop }),
  ]
  await Promise.race([Promise.all(Object.values(reflectors).map((one) => one.whenSynced(stop))), aborted(stop)]).catch(
    () => {},
  )
  if (!stop.aborted)
    running.push(
      runMonitoring(config, {
        client,
        clock: systemClock,
        log,
        guards,
        loop,
        failoverLoop,
        metrics,
        bell,
        isLeading,
        signal: stop,
      }),
    )
  // Who does not see the Features would take those that it holds for switched on.
  await Promise.race([features.whenSynced(stop), systemClock.sleep(FEATURES_WITHIN_MS, stop)]).catch(() => {})
  const campaign = stop.aborted ? Promise.resolve() : elector.run(signal)
  if (!stop.aborted) log.info({ guards: guards.size }, 'Watches are synced; campaigning for the lease')

  await aborted(stop)
  log.info('Evenkeel stops')
  clearInterval(jumpWatch)
  await Promise.all([queue.drain(), keepers.drain(), failoverLoop.drain(), flags.close(), probes.close()])
  await events.flush().catch(() => {})
  await elector.release().catch((error: unknown) => log.warn(`The lease could not be given back: ${messageOf(error)}`))
  ending.abort()
  await Promise.allSettled([...running, campaign])
  loop.close()
  fetcher.close()
  await prometheusApi.close()
  server.close()
  server.closeAllConnections()
  await client.close()
  await stopTracing().catch((error: unknown) => log.warn(`The last spans could not be exported: ${messageOf(error)}`))
}

const LEADER_STATES = {
  standby: 'Standing by: this replica does not lead',
  leading: 'Leading: this replica runs the loop',
  'lost-contact': 'The lease could not be renewed: watching on, but acting on nothing',
} as const

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
