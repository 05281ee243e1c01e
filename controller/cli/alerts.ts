// `evenkeel alerts`: makes the rules, routes, tests and runbooks of Guards.
import type { Command } from 'commander'
import { type KubeFlags, withKubeFlags } from './kube-flags.ts'

export interface AlertFlags extends KubeFlags {
  readonly output: string
  readonly file?: readonly string[]
  readonly namespace?: string
  readonly runbookUrl?: string
  readonly dashboardUrl?: string
  readonly team: string
  readonly evenkeelNamespace: string
  readonly manifestNamespace?: string
  readonly label?: readonly string[]
  readonly leaveOut?: true
}

export function addAlertsCommand(root: Command): void {
  const alerts = root
    .command('alerts')
    .summary('make Prometheus alerts of Guards')
    .description(
      'Makes what watches the services of Guards, and Evenkeel itself, from outside: rules for Prometheus, routes for Alertmanager, their tests, and runbooks.',
    )
  withKubeFlags(alerts.command('build'))
    .summary('write rules, routes, tests and runbooks to files')
    .description(
      'Writes recording rules and alerts of each Guard and of Evenkeel itself, as plain files (rules) and as objects of the Prometheus operator (objects), tests of every alert for promtool (tests), a configuration of Alertmanager (alertmanager.yaml), and a runbook for each alert (runbooks).',
    )
    .requiredOption('-o, --output <folder>', 'folder to write to; it is made when it is missing')
    .option('-f, --file <file...>', 'files of Guards; - reads standard input (default: the Guards of the cluster)')
    .option('-n, --namespace <name>', 'only Guards of this namespace')
    .option('--runbook-url <url>', 'where the runbooks can be read, for links to them')
    .option('--dashboard-url <url>', 'base URL of Grafana, for links to the dashboards of `evenkeel dashboards`')
    .option('--team <name>', 'label team of alerts, where a Guard has no label evenkeel.dev/team', 'unassigned')
    .option('--evenkeel-namespace <name>', 'namespace that Evenkeel runs in', 'evenkeel')
    .option('--manifest-namespace <name>', 'namespace of the objects (default: none is written)')
    .option('--label <name=value...>', 'labels of the objects, by which a Prometheus selects its rules')
    .option('--leave-out', 'leave alerts out that can never fire, in place of refusing them')
    .action(async (flags: AlertFlags) => (await import('./alerts/build.ts')).buildAlertFiles(flags))
}
