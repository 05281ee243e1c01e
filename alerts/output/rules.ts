// Rule files as Prometheus reads them, and as objects of its operator.
import type { AlertGroup, Labels, RuleSet } from '../model.ts'

/** The groups as both formats have them: what is recorded first, since alerts read it. */
export function groupsOf({ groups }: RuleSet) {
  return groups.map(groupOf)
}

function groupOf({ name, interval, records, alerts }: AlertGroup) {
  return {
    name,
    ...(interval === undefined ? {} : { interval }),
    rules: [...records, ...alerts.map(({ rule }) => rule)],
  }
}

export interface ObjectOptions {
  readonly namespace?: string | undefined
  /** What the Prometheus selects its rules by. */
  readonly labels: Labels
}

export function prometheusRule(set: RuleSet, { namespace, labels }: ObjectOptions) {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: objectName(set.name),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'app.kubernetes.io/part-of': 'evenkeel', ...labels },
    },
    spec: { groups: groupsOf(set) },
  }
}

/** A Guard's set begins with its namespace, so that none is called as Evenkeel's own. */
export function objectName(name: RuleSet['name']): string {
  return name === 'evenkeel' ? 'evenkeel-alerts' : `evenkeel-alerts.${name}`
}
