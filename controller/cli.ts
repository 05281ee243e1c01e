// The command line: one subcommand per file in cli/.
import { Command } from 'commander'
import { z } from 'zod'
import packageJson from '../package.json' with { type: 'json' }
import { addAlertsCommand } from './cli/alerts.ts'
import { checkFiles, formatCheck } from './cli/check.ts'
import { addDashboardsCommand } from './cli/dashboards.ts'
import { explainGuard } from './cli/explain.ts'
import { addFailoverCommands } from './cli/failover.ts'
import { addFeatureCommands } from './cli/features.ts'
import { type KubeFlags, withCluster, withKubeFlags } from './cli/kube-flags.ts'
import { addLedgerCommand } from './cli/ledger.ts'
import { addReplayCommand } from './cli/replay.ts'
import { runUntilSignal } from './cli/run.ts'
import { addSandboxCommand } from './cli/sandbox.ts'
import { statusTable } from './cli/status.ts'
import { KNOBS } from './config.ts'
import { getObject, listObjects } from './kube/objects.ts'
import { GUARDS } from './kube/resource-type.ts'
import { systemClock } from './model/clock.ts'
import { ConfigError, EvenkeelError, messageOf } from './model/errors.ts'

/** Runs the command line. Exit codes: 0 well, 1 failed or found faults, 2 used wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv])
  } catch (error) {
    if (!(error instanceof EvenkeelError)) throw error
    console.error(`evenkeel: ${messageOf(error)}`)
    process.exitCode = error instanceof ConfigError ? 2 : 1
  }
}

function program(): Command {
  const root = new Command('evenkeel')
    .description(
      'Watches services on Kubernetes, judges them against limits, acts through the Kubernetes API, and can always say why.',
    )
    .version(packageJson.version)
    // An option behind a subcommand is the subcommand's, also where both have one of that name.
    .enablePositionalOptions()
    .showHelpAfterError('(run with --help for the options)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2)
    })
  root.addHelpText(
    'after',
    '\nStart with:\n  evenkeel sandbox                    see it heal a small shop on this machine\n  evenkeel check guard.yaml           is my Guard right?\n  evenkeel run                        the controller, on the current kubeconfig\n  evenkeel status --watch             how is everything?\n  evenkeel explain shop/checkout      why did it do that, or not?\n',
  )

  withKubeFlags(root.command('run'))
    .summary('run the controller')
    .description(
      'Runs the controller: watches Guards, scrapes their pods, judges, acts, and records. Stops cleanly on SIGTERM or Ctrl-C.',
    )
    .option('-n, --namespace <name>', 'watch Guards in this namespace only')
    .option('--listen <address>', 'address of /metrics, /livez and /readyz (default ":8080")')
    .option('--log-level <level>', 'trace, debug, info, warn or error (default "info")')
    .addHelpText(
      'after',
      `\nEnvironment (flags win):\n${knobLines()}\n\nA Guard in mode Observe, the default, changes nothing: see what it would do with evenkeel explain.\n`,
    )
    .action((flags: Parameters<typeof runUntilSignal>[0]) => runUntilSignal(flags))

  root
    .command('check')
    .summary('validate Guards and Features offline')
    .description(
      'Validates the Guards and Features in YAML or JSON files as the controller would. Other kinds are skipped. Exits 1 when one is invalid or none is found.',
    )
    .argument('<file...>', 'files to check; - reads standard input')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (files: string[], { output }: { output: string }) => {
      const format = expectFormat(output)
      const report = await checkFiles(files)
      console.log(format === 'json' ? JSON.stringify(report, undefined, 2) : formatCheck(report))
      process.exitCode = report.ok ? 0 : 1
    })

  withKubeFlags(root.command('explain'))
    .summary('say why the loop did or did not act last')
    .description("Says what a Guard last saw, decided and did, with each interlock's reason, from its status.")
    .argument('<guard>', 'NAMESPACE/NAME')
    .action(async (guard: string, flags: KubeFlags) => {
      const [namespace, name, more] = guard.split('/')
      if (!namespace || !name || more !== undefined)
        throw new ConfigError(`"${guard}" does not name a Guard: write NAMESPACE/NAME, like shop/checkout`)
      await withCluster(flags, async (client) => {
        console.log(explainGuard(await getObject(client, GUARDS, { namespace, name }), Date.now()))
      })
    })

  withKubeFlags(root.command('status'))
    .summary('show all Guards')
    .description('Shows every Guard with its signals, replicas, circuit, open incident and last decision.')
    .option('-n, --namespace <name>', 'only this namespace')
    .option('-w, --watch', 'show it anew every second')
    .action(async ({ namespace, watch, ...flags }: KubeFlags & { namespace?: string; watch?: true }) => {
      await withCluster(flags, async (client) => {
        const show = async () => statusTable(await listObjects(client, GUARDS, { namespace }), Date.now())
        if (watch === undefined) return console.log(await show())
        for (;;) {
          const screen = await show().catch((error: unknown) => `evenkeel: ${messageOf(error)}`)
          if (process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J')
          console.log(screen)
          await systemClock.sleep(1000)
        }
      })
    })

  addFeatureCommands(root)
  addFailoverCommands(root)
  addLedgerCommand(root)
  addReplayCommand(root)
  addDashboardsCommand(root)
  addAlertsCommand(root)
  addSandboxCommand(root)
  return root
}

function expectFormat(output: string): 'text' | 'json' {
  if (output === 'text' || output === 'json') return output
  throw new ConfigError(`--output ${output} is not known: write text or json`)
}

function knobLines(): string {
  return Object.values(KNOBS)
    .map(({ env, meaning, schema }) => {
      const shown = String(z.toJSONSchema(schema, { io: 'input' }).default ?? '')
      return `  ${env.padEnd(28)} ${meaning}${shown === '' ? '' : ` Default: ${shown}`}`
    })
    .join('\n')
}
