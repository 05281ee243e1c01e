// `evenkeel dashboards apply`: puts the boards into a Grafana over its HTTP API.
import { grafanaApi } from '../../../dashboards/grafana/api.ts'
import { putBoards } from '../../../dashboards/grafana/put.ts'
import { ConfigError } from '../../model/errors.ts'
import { parseDuration } from '../../model/units.ts'
import { columns } from '../columns.ts'
import type { ApplyFlags } from '../dashboards.ts'
import { boardsFor } from './boards.ts'

/** Prints what became of each board. */
export async function applyDashboards(flags: ApplyFlags): Promise<void> {
  const { grafana: url, timeout, folder } = flags
  const dryRun = flags.dryRun !== undefined
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new ConfigError(`--grafana ${url} is not a URL: write one like https://grafana.example.com`)
  const timeoutMs = parseDuration(timeout)
  if (timeoutMs === undefined || timeoutMs === 0)
    throw new ConfigError(`--timeout ${timeout} is not a duration: write a number and a unit, like 10s`)
  const token = process.env.GRAFANA_TOKEN || undefined
  const boards = await boardsFor(flags)
  const report = await putBoards(grafanaApi({ url, token, timeoutMs }), boards, { folder, dryRun })
  const { length } = report.boards.filter(({ result }) => result !== 'unchanged')
  const rows = [
    [report.folder === 'found' ? 'unchanged' : 'created', `folder ${folder}`, ''],
    ...report.boards.map((board) => [board.result, board.title, board.url]),
  ]
  const verdict = dryRun ? `Nothing was written: ${length} of` : `${length} of`
  console.log(
    `${columns(rows).join('\n')}\n${verdict} ${boards.length} dashboards ${dryRun ? 'would be' : 'were'} written.`,
  )
}
