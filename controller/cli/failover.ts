// `evenkeel failover` and `evenkeel failback`: a person asks for a switch and sees it through. `evenkeel failovers`: every group.
import type { Command } from 'commander'
import { projectFailoverGroup } from '../kube/failover-group.ts'
import { listObjects } from '../kube/objects.ts'
import { FAILOVER_GROUPS, type NamespacedName } from '../kube/resource-type.ts'
import { systemClock } from '../model/clock.ts'
import { ConfigError } from '../model/errors.ts'
import { type Answer, acknowledge, askFor, nameOf, readGroup } from './failover/ask.ts'
import { dryRun, dryRunText } from './failover/dry-run.ts'
import { failoversTable } from './failover/table.ts'
import { type KubeFlags, withCluster, withKubeFlags } from './kube-flags.ts'
import { whoAmI } from './who-am-i.ts'

interface FailoverFlags extends KubeFlags {
  readonly namespace?: string
  readonly to?: string
  readonly dryRun?: true
  readonly acknowledge?: true
  readonly output: string
}

export function addFailoverCommands(root: Command): void {
  withKubeFlags(root.command('failovers'))
    .summary('show all FailoverGroups')
    .description(
      'Shows every FailoverGroup: its active member, how far the others are behind, and what stands in the way.',
    )
    .option('-n, --namespace <name>', 'only this namespace')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async ({ namespace, output, ...flags }: KubeFlags & { namespace?: string; output: string }) => {
      const asJson = isJson(output)
      await withCluster(flags, async (client) => {
        const groups = (await listObjects(client, FAILOVER_GROUPS, { namespace })).map(projectFailoverGroup)
        const told = groups.map(({ spec, status, ...ref }) => ({ namespace: ref.namespace, name: ref.name, status }))
        console.log(asJson ? JSON.stringify(told, undefined, 2) : failoversTable(groups, Date.now()))
      })
    })

  withSwitchFlags(root.command('failover'))
    .summary('make another member the active one')
    .description(
      'Asks the controller to make another member of a FailoverGroup the active one, and follows it step by step. A primary that is well hands over with nothing lost; one that is lost is fenced first. Exits 0 only when it is done.',
    )
    .option('--to <member>', 'which one (default: the best that may)')
    .option('--acknowledge', 'end the block after the last failover, and switch nothing')
    .action(async (group: string, flags: FailoverFlags) => {
      if (flags.acknowledge === undefined) return request('Switchover', group, flags)
      if (flags.to !== undefined || flags.dryRun !== undefined)
        throw new ConfigError('--acknowledge switches nothing: leave --to and --dry-run out')
      await withCluster(flags, async (client) => {
        console.log(await acknowledge(client, groupNamed(group, flags.namespace ?? client.namespace)))
      })
    })

  withSwitchFlags(root.command('failback'))
    .summary('make the first member the active one again')
    .description(
      'Asks the controller to go back to the first member of a FailoverGroup, which it does when that has been well and without lag for the soak time, and follows it. Exits 0 only when it is done.',
    )
    .action((group: string, flags: FailoverFlags) => request('Failback', group, flags))
}

function withSwitchFlags(command: Command): Command {
  return withKubeFlags(command)
    .argument('<group>', 'NAMESPACE/NAME')
    .option('-n, --namespace <name>', "its namespace, when it is named without (default: the context's)")
    .option('--dry-run', 'only say whether it could be done now, and why not')
    .option('-o, --output <format>', 'text or json', 'text')
}

/** Sets the exit code: 0 when it is done, or could be; 1 when not. */
async function request(kind: 'Switchover' | 'Failback', group: string, flags: FailoverFlags): Promise<void> {
  const asJson = isJson(flags.output)
  await withCluster(flags, async (client, config) => {
    const where = groupNamed(group, flags.namespace ?? client.namespace)
    const asked = { id: crypto.randomUUID(), kind, to: flags.to, by: await whoAmI(config) }
    if (flags.dryRun) {
      const outlook = dryRun(await readGroup(client, where), asked, Date.now())
      console.log(asJson ? JSON.stringify({ ...where, ...outlook }, undefined, 2) : dryRunText(outlook))
      process.exitCode = outlook.possible ? 0 : 1
      return
    }
    const onInterrupt = () => {
      console.error(`The request stays: the controller goes on with it. See evenkeel failovers -n ${where.namespace}`)
      process.exit(130)
    }
    process.once('SIGINT', onInterrupt)
    try {
      const answer = await askFor({ client, clock: systemClock, say: (line) => console.error(line) }, where, asked)
      const { status } = await readGroup(client, where)
      const { active, epoch } = status
      if (asJson) console.log(JSON.stringify({ ...where, ...answer, active, epoch }, undefined, 2))
      else console.log(`${nameOf(where)}: ${OUTCOMES[answer.outcome]}${answer.message}`)
      process.exitCode = answer.outcome === 'Done' ? 0 : 1
    } finally {
      process.off('SIGINT', onInterrupt)
    }
  })
}

const OUTCOMES: Readonly<Record<Answer['outcome'], string>> = {
  Accepted: 'under way: ',
  Done: 'done: ',
  Failed: 'failed: ',
  Abandoned: 'abandoned: ',
  Refused: 'refused: ',
}

function groupNamed(text: string, namespace: string): NamespacedName {
  const parts = text.split('/')
  const [first = '', second] = parts
  if (parts.length > 2 || first === '' || second === '')
    throw new ConfigError(`"${text}" does not name a FailoverGroup: write NAMESPACE/NAME, like shop/db`)
  return second === undefined ? { namespace, name: first } : { namespace: first, name: second }
}

function isJson(output: string): boolean {
  if (output === 'text' || output === 'json') return output === 'json'
  throw new ConfigError(`--output ${output} is not known: write text or json`)
}
