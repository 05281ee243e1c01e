// `evenkeel sandbox`: a cluster, a shop and a fault on this machine, and the loop healing it.
import { type Command, Option } from 'commander'
import { SandboxError } from '../../sandbox/errors.ts'
import { FAULTS } from '../../sandbox/faults/catalog.ts'
import { CommandError, ConfigError } from '../model/errors.ts'

interface SandboxFlags {
  readonly fault: string
  readonly exit?: true
  readonly json?: string
  readonly controller: boolean
  readonly shedding: boolean
  readonly keep?: true
  readonly plain?: true
  readonly state?: string
}

/** Adds the command. The sandbox itself is loaded only when it runs: the other commands stay quick to start. */
export function addSandboxCommand(root: Command): void {
  const names = FAULTS.map(({ name }) => name)
  const sandbox = root
    .command('sandbox')
    .enablePositionalOptions()
    .summary('run a small cluster with a shop on this machine, break it, and watch it heal')
    .description(
      'Runs a Kubernetes API in this process, a small shop whose pods are processes of this machine, real load and a real fault, and the controller that heals it. Needs no cluster and no root, and leaves nothing behind.',
    )
    .addOption(new Option('--fault <name>', 'what goes wrong').choices(names).default('spike'))
    .option('--exit', 'end after one run: 0 when it was healed, 1 when not')
    .option('--json <file>', 'write the summary of the run to this file')
    .option('--no-controller', 'the same without the loop, to see what it would cost')
    .option('--no-shedding', 'with the loop, but features stay on: what more replicas do by themselves')
    .option('--keep', 'stay when the run is over, to play with')
    .option('--plain', 'lines of text instead of the screen, as when the output is no terminal')
    .option('--state <dir>', 'folder for kubeconfig, endpoints.json and logs (default: a temporary one)')
    .addHelpText(
      'after',
      `\nFaults:\n${faultLines()}\n\nOn a terminal it stays until q; else it ends after the run, unless --keep.\n`,
    )
    .action(async (flags: SandboxFlags) => {
      const { runSandbox } = await import('../../sandbox/run.ts')
      process.exitCode = await orExplained(() => runSandbox({ exit: false, keep: false, plain: false, ...flags }))
    })

  sandbox
    .command('fault')
    .summary('switch a fault of a running sandbox')
    .description('Switches a fault of a running sandbox on or off, and says which are on.')
    .argument('<name>', `one of ${names.join(', ')}`)
    .argument('<on|off>', 'on or off')
    .option('--state <dir>', 'folder of the sandbox (default: that of the only one running)')
    .action(async (name: string, how: string, { state }: { state?: string }) => {
      if (how !== 'on' && how !== 'off') throw new ConfigError(`"${how}" is neither on nor off`)
      if (!names.some((one) => one === name))
        throw new ConfigError(`there is no fault "${name}": it is one of ${names.join(', ')}`)
      const [{ findEndpoints }, { switchFault }] = await Promise.all([
        import('../../sandbox/state/state-folder.ts'),
        import('../../sandbox/state/control.ts'),
      ])
      const active = await orExplained(() => switchFault(findEndpoints(state), name, how === 'on'))
      console.log(active.length === 0 ? 'No fault is on.' : `On: ${active.join(', ')}`)
    })
}

/** What the sandbox throws for people is one sentence, without a stack. */
async function orExplained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SandboxError) throw new CommandError(error.message, { cause: error })
    throw error
  }
}

function faultLines(): string {
  const width = Math.max(...FAULTS.map(({ name }) => name.length))
  return FAULTS.map(
    ({ name, summary, heals }) => `  ${name.padEnd(width)}  ${summary}${heals ? '' : ' (no remedy for it yet)'}`,
  ).join('\n')
}
