// `evenkeel dashboards`: builds the boards, puts them into a Grafana, and lints boards.
import { type Command, Option } from 'commander'
import { FORMATS, type Format, SCHEMAS, type Schema } from '../../dashboards/output/formats.ts'
import { type KubeFlags, withKubeFlags } from './kube-flags.ts'

export interface BoardFlags extends KubeFlags {
  readonly file?: readonly string[]
  readonly perGuard?: true
  readonly namespace?: string
  readonly runbooks?: string
  readonly folder: string
}

export interface BuildFlags extends BoardFlags {
  readonly output: string
  readonly format: Format
  readonly schema: Schema
  readonly manifestNamespace?: string
}

export interface ApplyFlags extends BoardFlags {
  readonly grafana: string
  readonly timeout: string
  readonly dryRun?: true
}

/** The actions are loaded when they are called: Grafana's SDK is large. */
export function addDashboardsCommand(root: Command): void {
  const dashboards = root
    .command('dashboards')
    .summary('make Grafana dashboards, put them there, or lint them')
    .description(
      'Makes the Grafana dashboards of Evenkeel: one for any service, the fleet, the ledger and Evenkeel itself, and one for each Guard.',
    )

  withBoardFlags(dashboards.command('build'))
    .summary('write the dashboards to files')
    .description('Writes each dashboard to a file of its own.')
    .requiredOption('-o, --output <folder>', 'folder to write to; it is made when it is missing')
    .addOption(new Option('--format <format>', 'what to write').choices(FORMATS).default('json'))
    .addOption(
      new Option('--schema <schema>', "Grafana's schema; v2 can't be provisioned from files")
        .choices(SCHEMAS)
        .default('v1'),
    )
    .option('--manifest-namespace <name>', 'namespace of the objects of the other formats (default: none is written)')
    .action(async (flags: BuildFlags) => (await import('./dashboards/build.ts')).buildDashboards(flags))

  withBoardFlags(dashboards.command('apply'))
    .summary('put the dashboards into a Grafana')
    .description(
      'Puts the dashboards into a folder of a Grafana, over its HTTP API, with the token in GRAFANA_TOKEN. What is there already as it should be is left alone.',
    )
    .requiredOption('--grafana <url>', 'base URL of Grafana, like https://grafana.example.com')
    .option('--timeout <duration>', 'how long each request may take', '10s')
    .option('--dry-run', 'say what would be done, and do nothing')
    .action(async (flags: ApplyFlags) => (await import('./dashboards/apply.ts')).applyDashboards(flags))

  dashboards
    .command('lint')
    .summary('find what is wrong with dashboards, also of others')
    .description(
      'Finds what is wrong with dashboards in files: plain JSON of any schema, ConfigMaps, or objects of the Grafana operator. Exits 1 when something is found.',
    )
    .argument('<file...>', 'files to lint; - reads standard input')
    .addOption(new Option('-o, --output <format>', 'how to tell').choices(['text', 'json']).default('text'))
    .action(async (files: string[], { output }: { output: string }) => {
      process.exitCode = await (await import('./dashboards/lint.ts')).lintDashboards(files, output === 'json')
    })
}

function withBoardFlags(command: Command): Command {
  return withKubeFlags(command)
    .option('--per-guard', 'also one dashboard for each Guard, with its limits in it')
    .option('-f, --file <file...>', 'with --per-guard: files of Guards; - reads standard input (default: the cluster)')
    .option('-n, --namespace <name>', 'with --per-guard: only Guards of this namespace')
    .option('--folder <title>', "Grafana's folder for the dashboards", 'Evenkeel')
    .option('--runbooks <url>', 'where docs/runbooks can be read, for links to them')
}
