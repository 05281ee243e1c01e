// The board of Evenkeel itself: who leads, whether the loop keeps its pace, and what it asks of others.
import { type Board, boardOf } from '../kit/board.ts'
import { toBoards, toTraces } from '../kit/links.ts'
import type { Scope } from '../kit/promql.ts'
import { datasource, instance, job, traces } from '../kit/variables.ts'
import { decidingRow, flagsRow, kubernetesRow, observingRow } from './evenkeel/edges.ts'
import { leadershipRow, loopRow } from './evenkeel/loop.ts'
import { processRow } from './evenkeel/process.ts'
import { tellingRow } from './evenkeel/telling.ts'
import type { BoardOptions } from './options.ts'
import { UIDS } from './uids.ts'

export function evenkeelBoard({ runbooks }: BoardOptions): Board {
  const scope: Scope = { matchers: ['job="$job"', 'instance=~"$instance"'] }
  return boardOf({
    uid: UIDS.evenkeel,
    title: 'Evenkeel / Itself',
    description: 'The controller: who leads, whether the loop keeps its pace, and what it asks of others.',
    tags: ['itself'],
    from: 'now-1h',
    refresh: '10s',
    variables: [datasource(), job(), instance(), traces()],
    annotations: [],
    links: [toBoards(), toTraces(undefined)],
    runbooks,
    rows: [
      leadershipRow(scope),
      loopRow(scope),
      observingRow(scope),
      decidingRow(scope),
      kubernetesRow(scope),
      tellingRow(scope),
      flagsRow(scope),
      processRow(scope),
    ],
  })
}
