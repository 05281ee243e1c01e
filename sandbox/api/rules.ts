// What a built-in object must fulfil, as far as clients rely on a refusal.
import { at, isObject, isSame, type JsonObject, listAt, objectAt, textAt } from './json.ts'
import type { Resource } from './resource.ts'
import { badRequest, type Cause, forbiddenValue, invalidValue, required } from './status.ts'

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const LABEL_RULE =
  "a DNS-1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const SUBDOMAIN_RULE =
  "a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** Storages whose objects have names that are DNS labels; those of rbac may be called anything. */
const LABEL_NAMES = new Set(['/namespaces', '/services'])

interface Rules {
  /** Fields that must be there; an empty list counts as none. */
  readonly required?: readonly string[]
  /** Whole numbers, and the least that each may be. */
  readonly numbers?: Readonly<Record<string, number>>
  /** Fields that stay as they were created. */
  readonly immutable?: readonly string[]
  readonly more?: (object: JsonObject) => readonly Cause[]
}

const WORKLOAD: Rules = {
  required: ['spec.selector', 'spec.template.spec.containers'],
  numbers: { 'spec.replicas': 0 },
  immutable: ['spec.selector'],
  more: (object) => [...selectorMatchesTemplate(object), ...containers(object, 'spec.template.spec.containers')],
}

const RULES: Readonly<Record<string, Rules>> = {
  '/pods': {
    required: ['spec.containers'],
    numbers: { 'spec.terminationGracePeriodSeconds': 0 },
    immutable: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.terminationGracePeriodSeconds'],
    more: (object) => containers(object, 'spec.containers'),
  },
  '/services': { required: ['spec.ports'], immutable: ['spec.clusterIP'] },
  'apps/deployments': WORKLOAD,
  'apps/replicasets': WORKLOAD,
  'apps/statefulsets': WORKLOAD,
  'coordination.k8s.io/leases': { numbers: { 'spec.leaseDurationSeconds': 1, 'spec.leaseTransitions': 0 } },
  'autoscaling/horizontalpodautoscalers': {
    required: ['spec.scaleTargetRef.kind', 'spec.scaleTargetRef.name'],
    numbers: { 'spec.minReplicas': 1, 'spec.maxReplicas': 1 },
  },
  '/events': { more: eventNamespace },
  'apiextensions.k8s.io/customresourcedefinitions': {
    required: ['spec.group', 'spec.names.plural', 'spec.names.kind', 'spec.scope', 'spec.versions'],
    immutable: ['spec.group', 'spec.scope', 'spec.names.plural', 'spec.names.kind'],
    more: (object) => [...crdName(object), ...crdVersions(object)],
  },
}

/** Every field that is wrong. Throws ApiError 400 when a field is not of the type that the server could read at all. */
export function brokenRules(resource: Resource, object: JsonObject, before: JsonObject | undefined): readonly Cause[] {
  const { required: needed = [], numbers = {}, immutable = [], more } = RULES[resource.storage] ?? {}
  const causes: Cause[] = before === undefined ? [...nameRules(resource, object)] : []
  causes.push(...labelRules(object))
  for (const field of needed) if (isMissing(at(object, ...field.split('.')))) causes.push(required(field))
  for (const [field, least] of Object.entries(numbers)) {
    const value = at(object, ...field.split('.'))
    if (value === undefined || value === null) continue
    if (typeof value !== 'number' || !Number.isInteger(value)) throw notAWholeNumber(resource, field, value)
    if (value < least) {
      const rule = least === 0 ? 'must be greater than or equal to 0' : `must be greater than ${least - 1}`
      causes.push(invalidValue(field, value, rule))
    }
  }
  if (before !== undefined) {
    for (const field of immutable) {
      const path = field.split('.')
      if (!isSame(at(before, ...path), at(object, ...path))) causes.push(immutableField(resource, field, object))
    }
  }
  return [...causes, ...(more?.(object) ?? [])]
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

function notAWholeNumber(resource: Resource, field: string, value: unknown) {
  return badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${field}: ${JSON.stringify(value)} is no whole number`,
  )
}

function immutableField(resource: Resource, field: string, object: JsonObject): Cause {
  if (resource.storage === '/pods') {
    return forbiddenValue(
      'spec',
      `pod updates may not change ${field} (only images, activeDeadlineSeconds and additions to tolerations)`,
    )
  }
  return invalidValue(field, at(object, ...field.split('.')), 'field is immutable')
}

function nameRules({ storage, group, schema }: Resource, object: JsonObject): readonly Cause[] {
  const name = textAt(object, 'metadata', 'name') ?? ''
  const field = 'metadata.name'
  if (group === 'rbac.authorization.k8s.io' && schema === undefined) {
    return /[/%]/.test(name) ? [invalidValue(field, name, "may not contain '/' or '%'")] : []
  }
  const isLabel = LABEL_NAMES.has(storage)
  if ((isLabel ? LABEL : SUBDOMAIN).test(name) && name.length <= (isLabel ? 63 : 253)) return []
  return [invalidValue(field, name, isLabel ? LABEL_RULE : SUBDOMAIN_RULE)]
}

function labelRules(object: JsonObject): readonly Cause[] {
  return Object.values(objectAt(object, 'metadata', 'labels')).flatMap((value) => {
    if (typeof value !== 'string') throw badRequest(`metadata.labels: ${JSON.stringify(value)} is no text`)
    return LABEL_VALUE.test(value) ? [] : [invalidValue('metadata.labels', value, LABEL_VALUE_RULE)]
  })
}

function selectorMatchesTemplate(object: JsonObject): readonly Cause[] {
  const labels = objectAt(object, 'spec', 'template', 'metadata', 'labels')
  const wanted = Object.entries(objectAt(object, 'spec', 'selector', 'matchLabels'))
  if (wanted.every(([key, value]) => labels[key] === value)) return []
  return [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
}

function containers(object: JsonObject, field: string): readonly Cause[] {
  return listAt(object, ...field.split('.')).flatMap((container, index) =>
    ['name', 'image']
      .filter((name) => isMissing(at(container, name)))
      .map((name) => required(`${field}[${index}].${name}`)),
  )
}

function eventNamespace(object: JsonObject): readonly Cause[] {
  // Events with a time of their own, of the newer group, are not held to it.
  if (typeof object.eventTime === 'string') return []
  const about = textAt(object, 'involvedObject', 'namespace') ?? ''
  const own = textAt(object, 'metadata', 'namespace') ?? ''
  if (about === own || (about === '' && own === 'default')) return []
  return [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')]
}

function crdName(object: JsonObject): readonly Cause[] {
  const wanted = `${textAt(object, 'spec', 'names', 'plural')}.${textAt(object, 'spec', 'group')}`
  const name = textAt(object, 'metadata', 'name')
  if (name === wanted) return []
  return [invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group')]
}

function crdVersions(object: JsonObject): readonly Cause[] {
  const versions = listAt(object, 'spec', 'versions')
  const causes = versions.flatMap((version, index) => {
    const field = `spec.versions[${index}]`
    const hasSchema = isObject(at(version, 'schema', 'openAPIV3Schema'))
    return [
      ...(LABEL.test(textAt(version, 'name') ?? '')
        ? []
        : [invalidValue(`${field}.name`, at(version, 'name'), LABEL_RULE)]),
      ...(hasSchema ? [] : [required(`${field}.schema.openAPIV3Schema`, 'schemas are required')]),
    ]
  })
  if (versions.filter((version) => at(version, 'storage') === true).length === 1) return causes
  return [
    ...causes,
    invalidValue('spec.versions', versions.length, 'must have exactly one version marked as storage version'),
  ]
}
