// What the controller does for whoever watches it: pushes what can't wait, and keeps rules and dashboards up to date, each when it is so configured.

import type { Logger } from 'pino'
import type { Bell } from '../alerts/push/bell.ts'
import { runAlerts, type StartOptions } from '../alerts/start.ts'
import type { KeepDeps } from '../dashboards/keep.ts'
import type { Config } from './config.ts'
import { listOf, OBJECT_LABEL, parseLabels } from './config-lists.ts'
import type { KubeClient } from './kube/client.ts'
import type { RawObject } from './kube/resources.ts'
import type { Clock } from './model/clock.ts'
import { messageOf } from './model/errors.ts'
import type { FailoverLoop } from './reconcile/failover-group.ts'
import type { GuardLoop } from './reconcile/guard.ts'
import type { Metrics } from './record/metrics.ts'

export interface MonitoringDeps extends Pick<KeepDeps, 'isLeading' | 'signal'> {
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
  readonly guards: { list(): Iterable<RawObject>; get(key: string): RawObject | undefined }
  readonly loop: Pick<GuardLoop, 'views'>
  readonly failoverLoop: Pick<FailoverLoop, 'views'>
  readonly metrics: Pick<Metrics, 'alertPushes'>
  /** Rings when a Guard becomes exhausted, and when a FailoverGroup needs a human. */
  readonly bell: Bell
}

/** Runs until the signal aborts. The Guards must be listed before it is called. */
export async function runMonitoring(config: Config, deps: MonitoringDeps): Promise<void> {
  const { client, log, loop, failoverLoop, metrics } = deps
  await Promise.all([
    runAlerts(alertSettings(config, client.namespace), {
      ...deps,
      looks: () => loop.views(),
      groups: () => failoverLoop.views(),
      onPush: (outcome) => metrics.alertPushes.inc({ outcome }),
      onProblem: (message) => log.warn(message),
    }),
    config.dashboardsNamespace === '' ? undefined : runDashboards(config, deps),
  ])
}

async function runDashboards(config: Config, deps: MonitoringDeps): Promise<void> {
  // Loaded only when used: Grafana's SDK is large.
  const { keepDashboards } = await import('../dashboards/keep.ts')
  await keepDashboards({
    ...deps,
    namespace: config.dashboardsNamespace,
    perGuard: config.dashboardsPerGuard === 'true',
    runbooks: config.runbooks || undefined,
    owner: ownerOf(config),
    onProblem: (error) => deps.log.warn({ err: error }, `Dashboards could not be kept: ${messageOf(error)}`),
  })
}

/** `evenkeelNamespace` is where this process runs. */
function alertSettings(config: Config, evenkeelNamespace: string): StartOptions {
  const { alertsNamespace: namespace } = config
  const labels = parseLabels(config.alertsObjectLabels, OBJECT_LABEL) ?? {}
  return {
    options: {
      runbookUrl: config.runbooks || undefined,
      dashboardUrl: config.grafanaUrl || undefined,
      team: config.alertTeam,
      evenkeelNamespace,
    },
    push: {
      urls: listOf(config.alertmanagerUrl),
      authorization: config.alertmanagerAuthorization || undefined,
      externalLabels: parseLabels(config.alertLabels) ?? {},
    },
    keep: namespace === '' ? undefined : { namespace, labels, owner: ownerOf(config) },
  }
}

const ownerOf = (config: Config): string => config.namespace || 'all-namespaces'
