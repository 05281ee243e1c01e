// The board of one service: templated by namespace and Guard, or made for one Guard with its limits in it.
import { limitRulesOf } from '../../controller/model/rules.ts'
import { annotationsOf, switchesOf } from '../kit/annotations.ts'
import { type Board, boardOf } from '../kit/board.ts'
import { toBoards, toTraces } from '../kit/links.ts'
import { type GuardScope, quote, type Scope } from '../kit/promql.ts'
import type { Row } from '../kit/tile.ts'
import { datasource, guard as guardVariable, namespace as namespaceVariable, traces } from '../kit/variables.ts'
import type { BoardOptions, KnownGuard } from './options.ts'
import { alertsRow } from './service/alerts.ts'
import { controlRow } from './service/control.ts'
import { objectivesRow } from './service/objectives.ts'
import { reliabilityRow } from './service/reliability.ts'
import { saturationRow } from './service/saturation.ts'
import { trafficRow } from './service/traffic.ts'
import { guardUid, UIDS } from './uids.ts'

/** For any Guard: it is chosen in the board. */
export function serviceBoard({ runbooks }: BoardOptions): Board {
  const inNamespace = ['namespace="$namespace"']
  const scope: GuardScope = { matchers: [...inNamespace, 'guard="$guard"'] }
  return boardOf({
    uid: UIDS.service,
    title: 'Evenkeel / Service',
    description: 'One service as its Guard sees it: signals against their limits, and what the loop did about them.',
    tags: ['service'],
    from: 'now-1h',
    refresh: '10s',
    variables: [datasource(), namespaceVariable({ many: false }), guardVariable(), traces()],
    annotations: [...annotationsOf(scope), switchesOf({ matchers: inNamespace })],
    links: [toBoards(), toTraces('${namespace}/${guard}')],
    runbooks,
    rows: rowsOf(scope, { matchers: inNamespace }, [objectivesRow(scope)]),
  })
}

/** For one Guard, with the limits of its spec as lines. */
export function guardBoard({ namespace, name, spec }: KnownGuard, { runbooks }: BoardOptions): Board {
  const { thresholds: limits, perReplicaRps } = limitRulesOf(spec)
  const inNamespace = [`namespace=${quote(namespace)}`]
  const scope: GuardScope = { matchers: [...inNamespace, `guard=${quote(name)}`], limits, perReplicaRps }
  return boardOf({
    uid: guardUid(namespace, name),
    title: `Evenkeel / ${namespace}/${name}`,
    description: `${spec.target.kind} ${namespace}/${spec.target.name} as its Guard sees it, with the limits of its spec.`,
    tags: ['guard'],
    from: 'now-1h',
    refresh: '10s',
    variables: [datasource(), traces()],
    annotations: [...annotationsOf(scope), switchesOf({ matchers: inNamespace })],
    links: [toBoards(), toTraces(`${namespace}/${name}`)],
    runbooks,
    rows: rowsOf(scope, { matchers: inNamespace }, spec.objectives === undefined ? [] : [objectivesRow(scope)]),
  })
}

function rowsOf(scope: GuardScope, inNamespace: Scope, objectives: readonly Row[]): Row[] {
  return [
    reliabilityRow(scope),
    ...objectives,
    trafficRow(scope),
    saturationRow(scope),
    controlRow(scope, inNamespace),
    alertsRow(inNamespace),
  ]
}
