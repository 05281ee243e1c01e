// The variables of our boards in Grafana's newer schema, which names what the classic one numbers.
import { type VariableModel, VariableType } from '@grafana/grafana-foundation-sdk/dashboard'
import {
  type DatasourceVariableKind,
  type QueryVariableKind,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboardv2'

/** By their numbers in the classic schema. */
const HIDE = [VariableHide.DontHide, VariableHide.HideLabel, VariableHide.HideVariable, VariableHide.InControlsMenu]
const REFRESH = [VariableRefresh.Never, VariableRefresh.OnDashboardLoad, VariableRefresh.OnTimeRangeChanged]
const SORT = [VariableSort.Disabled, VariableSort.AlphabeticalAsc, VariableSort.AlphabeticalDesc]

/** Throws RangeError for a kind of variable that no board of ours has. */
export function variableV2(variable: VariableModel): DatasourceVariableKind | QueryVariableKind {
  const { type, name, label, description, hide, query, datasource, current, allValue } = variable
  const common = {
    name,
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
    hide: HIDE[hide ?? 0] ?? VariableHide.DontHide,
    skipUrlSync: false,
    regex: variable.regex ?? '',
    current: current ?? { text: '', value: '' },
    options: [],
    multi: variable.multi ?? false,
    includeAll: variable.includeAll ?? false,
    ...(allValue === undefined ? {} : { allValue }),
    allowCustomValue: true,
  }
  if (type === VariableType.Datasource) {
    const refresh = VariableRefresh.OnDashboardLoad
    return { kind: 'DatasourceVariable', spec: { ...common, pluginId: String(query), refresh } }
  }
  if (type !== VariableType.Query)
    throw new RangeError(`the variable ${name} is of the kind ${type}, which is not known`)
  return {
    kind: 'QueryVariable',
    spec: {
      ...common,
      refresh: REFRESH[variable.refresh ?? 0] ?? VariableRefresh.Never,
      sort: SORT[variable.sort ?? 0] ?? VariableSort.Disabled,
      definition: variable.definition ?? '',
      query: {
        kind: 'DataQuery',
        group: datasource?.type ?? '',
        version: 'v0',
        datasource: { name: datasource?.uid ?? '' },
        spec: query,
      },
    },
  }
}
