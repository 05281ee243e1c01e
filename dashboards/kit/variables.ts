// The variables of our boards: the datasource, and what narrows the selectors.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { METRICS } from '../../controller/model/names.ts'
import { PROMETHEUS } from './targets.ts'

/** A metric that every Guard has, that every FailoverGroup has, and that every replica has. */
const OF_GUARDS = METRICS.guardCondition
const OF_GROUPS = METRICS.failoverGroupCondition
const OF_REPLICAS = METRICS.buildInfo

export function datasource(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes Evenkeel.')
    .type('prometheus')
    .regex('')
}

/** Where the spans of Evenkeel are; empty where there is no Tempo. */
export function traces(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('traces')
    .label('Traces')
    .description('The Tempo that Evenkeel sends its spans to, for the link to traces.')
    .type('tempo')
    .hide(VariableHide.HideVariable)
    .regex('')
}

export function namespace({ many }: { readonly many: boolean }): Builder<VariableModel> {
  return valuesOf(
    'namespace',
    'Namespace',
    'The namespace of the Guards.',
    `label_values(${OF_GUARDS}, namespace)`,
    many,
  )
}

export function guard(): Builder<VariableModel> {
  const query = `label_values(${OF_GUARDS}{namespace="$namespace"}, guard)`
  return valuesOf('guard', 'Guard', 'The Guard whose service is shown.', query, false)
}

export function namespaceOfGroups(): Builder<VariableModel> {
  const query = `label_values(${OF_GROUPS}, namespace)`
  return valuesOf('namespace', 'Namespace', 'The namespace of the FailoverGroups.', query, true)
}

export function group(): Builder<VariableModel> {
  const query = `label_values(${OF_GROUPS}{namespace=~"$namespace"}, group)`
  return valuesOf('group', 'Group', 'The FailoverGroups that are shown.', query, true)
}

export function job(): Builder<VariableModel> {
  return valuesOf('job', 'Job', 'The scrape job of Evenkeel.', `label_values(${OF_REPLICAS}, job)`, false)
}

export function instance(): Builder<VariableModel> {
  const query = `label_values(${OF_REPLICAS}{job="$job"}, instance)`
  return valuesOf('instance', 'Replica', 'Replicas of the controller.', query, true)
}

function valuesOf(name: string, label: string, description: string, query: string, many: boolean) {
  const variable = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(PROMETHEUS)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .regex('')
    .multi(many)
    .includeAll(many)
  return many ? variable.allValue('.+').current({ text: ['All'], value: ['$__all'] }) : variable
}
