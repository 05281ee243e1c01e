// The boards that a command was asked for: with --per-guard, those of the Guards of files or of the cluster too.
import { boards } from '../../../dashboards/boards.ts'
import type { Board } from '../../../dashboards/kit/board.ts'
import { ConfigError } from '../../model/errors.ts'
import type { BoardFlags } from '../dashboards.ts'
import { guardsInCluster, guardsInFiles, type NamedGuard } from '../guard-files.ts'
import { withCluster } from '../kube-flags.ts'

export async function boardsFor(flags: BoardFlags): Promise<Board[]> {
  const { runbooks } = flags
  if (runbooks !== undefined && !URL.canParse(runbooks))
    throw new ConfigError(`--runbooks ${runbooks} is not a URL: write one like https://example.com/runbooks`)
  return boards({ runbooks }, await guardsFor(flags))
}

async function guardsFor({ perGuard, file, namespace, ...flags }: BoardFlags): Promise<NamedGuard[]> {
  if (perGuard === undefined) {
    if (file !== undefined) throw new ConfigError('--file is for --per-guard: the other dashboards need no Guards')
    return []
  }
  if (file !== undefined) {
    const guards = await guardsInFiles(file)
    return guards.filter((guard) => namespace === undefined || guard.namespace === namespace)
  }
  const { guards, left } = await withCluster(flags, (client) => guardsInCluster(client, namespace))
  for (const why of left) console.error(`evenkeel: left out: ${why}`)
  return guards
}
