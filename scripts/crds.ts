// CustomResourceDefinitions from the zod schemas of the model, with structural OpenAPI v3 schemas.
import { stringify } from 'yaml'
import { z } from 'zod'
import { FAILOVER_GROUP_SPEC } from '../controller/model/failover-group.ts'
import { FAILOVER_GROUP_STATUS } from '../controller/model/failover-group-status.ts'
import { FEATURE_SPEC, FEATURE_STATUS } from '../controller/model/feature.ts'
import { GUARD_SPEC } from '../controller/model/guard.ts'
import { GUARD_STATUS } from '../controller/model/guard-status.ts'
import { INCIDENT_SPEC, INCIDENT_STATUS } from '../controller/model/incident.ts'
import { API_GROUP, API_VERSION, CONDITIONS, GROUP_CONDITIONS } from '../controller/model/names.ts'

interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly priority?: number
}

interface Kind {
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly spec: z.ZodType
  readonly status: z.ZodType
  readonly columns: readonly Column[]
}

const condition = (type: string) => `.status.conditions[?(@.type=="${type}")].status`

const KINDS: readonly Kind[] = [
  {
    kind: 'Guard',
    plural: 'guards',
    shortNames: ['gd'],
    description: 'A Guard watches one workload, judges it against limits and keeps it healthy.',
    spec: GUARD_SPEC,
    status: GUARD_STATUS,
    columns: [
      { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
      { name: 'Target', type: 'string', jsonPath: '.spec.target.name' },
      { name: 'Healthy', type: 'string', jsonPath: condition(CONDITIONS.healthy) },
      { name: 'RPS', type: 'string', jsonPath: '.status.signals.rps.text' },
      { name: 'Errors', type: 'string', jsonPath: '.status.signals.errors.text' },
      { name: 'P99', type: 'string', jsonPath: '.status.signals.latencyP99.text' },
      { name: 'CPU', type: 'string', jsonPath: '.status.signals.cpu.text' },
      { name: 'Wanted', type: 'integer', jsonPath: '.status.replicas.wanted' },
      { name: 'Ready', type: 'integer', jsonPath: '.status.replicas.ready' },
      { name: 'Circuit', type: 'string', jsonPath: '.status.circuit.state' },
      { name: 'Incident', type: 'string', jsonPath: '.status.incident' },
      { name: 'Accepted', type: 'string', jsonPath: condition(CONDITIONS.accepted), priority: 1 },
      { name: 'Observed', type: 'string', jsonPath: condition(CONDITIONS.observed), priority: 1 },
      { name: 'Exhausted', type: 'string', jsonPath: condition(CONDITIONS.exhausted), priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
  },
  {
    kind: 'Incident',
    plural: 'incidents',
    shortNames: ['inc'],
    description: 'An Incident is the record of one outage, or threat of one, from onset to resolution.',
    spec: INCIDENT_SPEC,
    status: INCIDENT_STATUS,
    columns: [
      { name: 'Guard', type: 'string', jsonPath: '.spec.guard' },
      { name: 'Severity', type: 'string', jsonPath: '.status.severity' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Onset', type: 'date', jsonPath: '.status.onset' },
      { name: 'Resolved', type: 'date', jsonPath: '.status.resolvedAt' },
      { name: 'Reopened', type: 'integer', jsonPath: '.status.reopened', priority: 1 },
      { name: 'Summary', type: 'string', jsonPath: '.status.summary', priority: 1 },
    ],
  },
  {
    kind: 'Feature',
    plural: 'features',
    shortNames: ['feat'],
    description: 'A Feature is one thing of a service that can be switched off, so that more important things live.',
    spec: FEATURE_SPEC,
    status: FEATURE_STATUS,
    columns: [
      { name: 'Tier', type: 'string', jsonPath: '.spec.tier' },
      { name: 'State', type: 'string', jsonPath: '.status.state' },
      { name: 'Since', type: 'date', jsonPath: '.status.since' },
      { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
      { name: 'Owner', type: 'string', jsonPath: '.spec.owner', priority: 1 },
      { name: 'Accepted', type: 'string', jsonPath: condition(CONDITIONS.accepted), priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
  },
  {
    kind: 'FailoverGroup',
    plural: 'failovergroups',
    shortNames: ['fog'],
    description: 'A FailoverGroup is a primary and its standbys, one of which takes over when the primary is lost.',
    spec: FAILOVER_GROUP_SPEC,
    status: FAILOVER_GROUP_STATUS,
    columns: [
      { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
      { name: 'Method', type: 'string', jsonPath: '.status.method' },
      { name: 'Active', type: 'string', jsonPath: '.status.active' },
      { name: 'Epoch', type: 'integer', jsonPath: '.status.epoch' },
      { name: 'Available', type: 'string', jsonPath: condition(GROUP_CONDITIONS.available) },
      { name: 'Ready', type: 'string', jsonPath: condition(GROUP_CONDITIONS.failoverReady) },
      { name: 'Switch', type: 'string', jsonPath: '.status.switch.step' },
      { name: 'Blocked', type: 'string', jsonPath: condition(GROUP_CONDITIONS.blocked), priority: 1 },
      { name: 'Failback', type: 'string', jsonPath: condition(GROUP_CONDITIONS.failbackReady), priority: 1 },
      { name: 'Accepted', type: 'string', jsonPath: condition(CONDITIONS.accepted), priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
  },
]

/** The generated files: a name inside deploy/crds and its YAML text. */
export function crdFiles(): { readonly name: string; readonly yaml: string }[] {
  return KINDS.map((kind) => ({
    name: `${API_GROUP}_${kind.plural}.yaml`,
    yaml: `# Generated from controller/model by npm run generate: do not edit.\n${stringify(crd(kind), { lineWidth: 0 })}`,
  }))
}

function crd(kind: Kind) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${API_GROUP}` },
    spec: {
      group: API_GROUP,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: kind.shortNames,
        categories: ['evenkeel'],
      },
      versions: [
        {
          name: API_VERSION,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: kind.description,
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: keepUnknownFields(structural(kind.spec)),
                status: structural(kind.status),
              },
            },
          },
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
        },
      ],
    },
  }
}

function structural(schema: z.ZodType): unknown {
  return toStructural(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }))
}

/**
 * Kubernetes wants structural schemas: no `additionalProperties` beside `properties`, every type outside `anyOf`.
 * A union of a string and an integer becomes int-or-string; any other union keeps only its type checks in the controller.
 */
function toStructural(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toStructural)
  if (typeof node !== 'object' || node === null) return node
  const { anyOf, additionalProperties, ...rest } = node as Record<string, unknown>
  const out: Record<string, unknown> = {}
  if (Array.isArray(anyOf)) Object.assign(out, unionOf(anyOf))
  for (const [key, value] of Object.entries(rest)) {
    if ((key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) continue
    if (key === 'exclusiveMinimum' && typeof value === 'number')
      Object.assign(out, { minimum: value, exclusiveMinimum: true })
    else
      out[key] = key === 'properties' ? mapValues(value, toStructural) : key === 'default' ? value : toStructural(value)
  }
  if (additionalProperties !== undefined && additionalProperties !== false)
    out.additionalProperties = toStructural(additionalProperties)
  return out
}

/**
 * Without this the API server drops a mistyped field in silence, and its default acts in its place. Kept, it reaches the
 * controller, which refuses the Guard by name of the field (condition Accepted).
 */
function keepUnknownFields(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(keepUnknownFields)
  if (typeof node !== 'object' || node === null) return node
  const out = mapValues(node, keepUnknownFields)
  return 'properties' in out ? { ...out, 'x-kubernetes-preserve-unknown-fields': true } : out
}

function unionOf(members: readonly unknown[]): Record<string, unknown> {
  const types = members
    .map((member) => (member as { type?: string }).type)
    .sort()
    .join(' ')
  return types === 'integer string'
    ? { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }
    : { 'x-kubernetes-preserve-unknown-fields': true }
}

function mapValues(value: unknown, change: (one: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, change(one)]))
}
