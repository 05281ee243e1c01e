// What the knobs of the process mean for alerts.
import type { StartOptions } from '../alerts/start.ts'
import { type Config, listOf, OBJECT_LABEL, parseLabels } from './config.ts'

/** `evenkeelNamespace` is where this process runs. */
export function alertSettings(config: Config, evenkeelNamespace: string): StartOptions {
  const { alertsNamespace: namespace } = config
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
    keep:
      namespace === ''
        ? undefined
        : {
            namespace,
            labels: parseLabels(config.alertsObjectLabels, OBJECT_LABEL) ?? {},
            owner: config.namespace || 'all-namespaces',
          },
  }
}
