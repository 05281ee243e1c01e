// The pages of the kinds: Guard, Incident, Feature and FailoverGroup, from their schemas.
import { FAILOVER_GROUP_SPEC } from '../../controller/model/failover-group.ts'
import { FAILOVER_GROUP_STATUS } from '../../controller/model/failover-group-status.ts'
import { FEATURE_SPEC, FEATURE_STATUS } from '../../controller/model/feature.ts'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import { GUARD_STATUS } from '../../controller/model/guard-status.ts'
import { INCIDENT_SPEC, INCIDENT_STATUS } from '../../controller/model/incident.ts'
import { GROUP_VERSION } from '../../controller/model/names.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'
import { page } from './markdown.ts'
import { schemaBlocks } from './schema.ts'

const UNITS =
  'A duration is one number and one unit: `500ms`, `2s`, `5m`, `1h`, `7d`. A percentage is a number and a percent sign: `90%`. A field that is not listed here is refused, and the condition `Accepted` names it.'

export function guardPage(): string {
  return page('Guard', [
    `\`${GROUP_VERSION}\`, namespaced. A Guard watches one workload in its own namespace, judges it against limits and keeps it healthy. [The guide](../guide.md) leads to a first one; [examples/guard.yaml](../../examples/guard.yaml) is one to copy.`,
    UNITS,
    ...schemaBlocks(GUARD_SPEC, 'spec', boundsOf),
    'Beyond single fields: `timeout` is at most `interval`; `limits.window` is at least two scrape intervals; `signals.from` has one of its fields; a signal has a profile or its own metric, a profile has a `service` or a `prometheus` and never both, and `errors` has its requests in the same place; `circuit.openFor` is at most `circuit.maxOpenFor`, and `circuit.halfOpenFor` at least `limits.window`; `scale.min` is at most `scale.max`; there is at most one `scale`; with the profile `generic` at least one signal is named, and `rps` too when `perReplica.rps` is; `objectives` name availability, below 100%, or latency, by one quantile.',
    ...schemaBlocks(GUARD_STATUS, 'status', () => undefined),
  ])
}

export function incidentPage(): string {
  return page('Incident', [
    `\`${GROUP_VERSION}\`, namespaced. An Incident is the record of one outage, or threat of one, from onset to resolution. Evenkeel writes it and people read it: \`kubectl get incidents -A\`, \`kubectl describe incident NAME\`. Each has the label \`evenkeel.dev/guard\`. [The guide](../guide.md#incidents) says when two breaches are one Incident, and how long it is kept.`,
    ...schemaBlocks(INCIDENT_SPEC, 'spec', () => undefined),
    ...schemaBlocks(INCIDENT_STATUS, 'status', () => undefined),
  ])
}

export function featurePage(): string {
  return page('Feature', [
    `\`${GROUP_VERSION}\`, namespaced. A Feature is one thing of a service that can be switched off, so that more important things live. Services read it as an OpenFeature flag of its name: [how](../guide/flags.md). \`evenkeel features\` lists them, \`evenkeel feature NAME\` overrides one.`,
    ...schemaBlocks(FEATURE_SPEC, 'spec', () => undefined),
    'Beyond single fields: `degraded` and `override.value` are of the type of `normal`. A spec with a fault has the condition `Accepted` False, which names it; services are then told what is left: the values without the override that can’t be read, or nothing when the values are of two types.',
    ...schemaBlocks(FEATURE_STATUS, 'status', () => undefined),
  ])
}

export function failoverGroupPage(): string {
  return page('FailoverGroup', [
    `\`${GROUP_VERSION}\`, namespaced. A FailoverGroup is a primary and its standbys, one of which takes over when the primary is lost: [how](../guide/failover.md). \`evenkeel failover NAMESPACE/NAME\` switches, \`evenkeel failback NAMESPACE/NAME\` goes back.`,
    UNITS,
    ...schemaBlocks(FAILOVER_GROUP_SPEC, 'spec', () => undefined),
    ...schemaBlocks(FAILOVER_GROUP_STATUS, 'status', () => undefined),
  ])
}

/** Values past any bound: what the controller says of them tells the bounds, which JSON schema has no words for. */
const PAST_ANY_BOUND = ['0ms', '1000000d', '0%']

function boundsOf(path: string): string | undefined {
  for (const value of PAST_ANY_BOUND) {
    const validation = validateGuardSpec(specWith(path, value))
    const faults = validation.ok ? [] : validation.faults
    const said = faults.find(({ field }) => field === path.replaceAll('[]', '[0]'))?.message
    if (said?.startsWith('must be ') === true) return said.slice('must be '.length)
  }
  return undefined
}

/** A spec with nothing but the value at the path: "spec.remedies[].scale.cooldown". */
function specWith(path: string, value: string): unknown {
  // A digit after the dot is part of a name, as in p99.9.
  const keys = path.split(/\.(?!\d)/).slice(1)
  return keys.reduceRight<unknown>(
    (inner, key) => (key.endsWith('[]') ? { [key.slice(0, -2)]: [inner] } : { [key]: inner }),
    value,
  )
}
