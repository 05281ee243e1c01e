// The board of the FailoverGroups: who is active, how far the others are behind, whether one could take over, and what was switched.
import { switchesOf } from '../kit/annotations.ts'
import { type Board, boardOf } from '../kit/board.ts'
import { toBoards } from '../kit/links.ts'
import type { Scope } from '../kit/promql.ts'
import { datasource, group, namespaceOfGroups } from '../kit/variables.ts'
import { groupsRow } from './failover/groups.ts'
import { membersRow } from './failover/members.ts'
import { standingRow } from './failover/standing.ts'
import { switchesRow } from './failover/switches.ts'
import type { BoardOptions } from './options.ts'
import { UIDS } from './uids.ts'

const SCOPE: Scope = { matchers: ['namespace=~"$namespace"', 'group=~"$group"'] }

export function failoverBoard({ runbooks }: BoardOptions): Board {
  return boardOf({
    uid: UIDS.failover,
    title: 'Evenkeel / Failover',
    description: 'FailoverGroups: who is active, how far the others are behind, and what was switched.',
    tags: ['failover'],
    from: 'now-6h',
    refresh: '10s',
    variables: [datasource(), namespaceOfGroups(), group()],
    annotations: [switchesOf(SCOPE)],
    links: [toBoards()],
    runbooks,
    rows: [groupsRow(SCOPE), membersRow(SCOPE), standingRow(SCOPE), switchesRow(SCOPE)],
  })
}
