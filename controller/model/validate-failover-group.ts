// Judges a FailoverGroup before it is used: what no schema can say is said here.
import { faultOfCron } from './cron.ts'
import { FAILOVER_GROUP_SPEC, type FailoverGroupSpec, methodOf, selectorOf } from './failover-group.ts'
import { type Fault, faultsOf, shorten } from './faults.ts'

export type FailoverGroupValidation =
  | { readonly ok: true; readonly spec: FailoverGroupSpec }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** Validates a FailoverGroup's `spec` as it came from YAML or the API. */
export function validateFailoverGroupSpec(raw: unknown): FailoverGroupValidation {
  const parsed = FAILOVER_GROUP_SPEC.safeParse(raw ?? {})
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error, raw, FAILOVER_GROUP_SPEC) }
  const faults = [...serviceFaults(parsed.data), ...memberFaults(parsed.data), ...drillFaults(parsed.data)]
  return faults.length === 0 ? { ok: true, spec: parsed.data } : { ok: false, faults }
}

function* serviceFaults(spec: FailoverGroupSpec): Iterable<Fault> {
  const method = methodOf(spec)
  if (spec.service === undefined && (method === 'service' || method === 'redis' || method === 'mysql'))
    yield {
      field: 'spec.service',
      value: undefined,
      message: `is missing, and the method ${method} leads clients to the active member by it`,
      remedy: 'name the Service that they use',
    }
}

function* memberFaults({ members }: FailoverGroupSpec): Iterable<Fault> {
  const labels = members.map((member) => JSON.stringify(Object.entries(selectorOf(member)).toSorted()))
  for (const [index, { name, selector }] of members.entries()) {
    const field = `spec.members[${index}]`
    if (members.findIndex((one) => one.name === name) < index)
      yield {
        field: `${field}.name`,
        value: shorten(name),
        message: 'is the name of two members',
        remedy: 'give each its own',
      }
    else if (labels.indexOf(labels[index] ?? '') < index || labels[index] === '[]')
      yield {
        field: `${field}.selector`,
        value: shorten(selector),
        message: 'does not tell it from the other members',
        remedy: 'give each labels of its own',
      }
  }
  if (members.every(({ promote }) => promote === 'Never'))
    yield {
      field: 'spec.members',
      value: undefined,
      message: 'has nobody that may be the primary',
      remedy: 'leave promote out, or write Allowed, at one of them at least',
    }
}

function* drillFaults({ drill }: FailoverGroupSpec): Iterable<Fault> {
  if (drill === undefined) return
  const { cron, timezone = 'UTC' } = drill
  const found = faultOfCron({ cron, timezone })
  if (found !== undefined)
    yield {
      field: `spec.drill.${found.field}`,
      value: shorten(found.field === 'cron' ? cron : timezone),
      message: found.message,
      remedy: found.remedy,
    }
}
