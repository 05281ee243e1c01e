// Judges a FailoverGroup before it is used: what the schema can't say of its fields taken together.
import { faultOfCron } from './cron.ts'
import { FAILOVER_GROUP_SPEC, type FailoverGroupSpec, isDelegated, methodOf, selectorOf } from './failover-group.ts'
import { type Fault, faultsOf, shorten } from './faults.ts'
import { formatDuration } from './units.ts'

export type FailoverGroupValidation =
  | { readonly ok: true; readonly spec: FailoverGroupSpec }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** Fewer looks than this within downAfter would take a hiccup for an end. */
const LEAST_LOOKS = 3

/** Validates a FailoverGroup's `spec` as it came from YAML or the API. */
export function validateFailoverGroupSpec(raw: unknown): FailoverGroupValidation {
  const parsed = FAILOVER_GROUP_SPEC.safeParse(raw ?? {})
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error, raw, FAILOVER_GROUP_SPEC) }
  const faults = CHECKS.flatMap((check) => [...check(parsed.data)])
  return faults.length === 0 ? { ok: true, spec: parsed.data } : { ok: false, faults }
}

type Check = (spec: FailoverGroupSpec) => Iterable<Fault>

function* service(spec: FailoverGroupSpec): Iterable<Fault> {
  if (spec.service !== undefined || isDelegated(spec)) return
  yield {
    field: 'spec.service',
    value: undefined,
    message: `is missing, and the method ${methodOf(spec)} needs it`,
    remedy: 'name the Service whose selector is to follow the active member',
  }
}

function* names({ members }: FailoverGroupSpec): Iterable<Fault> {
  for (const [index, { name }] of members.entries())
    if (members.findIndex((one) => one.name === name) !== index)
      yield {
        field: `spec.members[${index}].name`,
        value: shorten(name),
        message: 'is the name of another member, too',
        remedy: 'give each member a name of its own',
      }
}

function* promotable({ members }: FailoverGroupSpec): Iterable<Fault> {
  const count = members.filter(({ promote }) => promote === 'Allowed').length
  if (count >= 2) return
  yield {
    field: 'spec.members',
    value: undefined,
    message: `has ${count === 0 ? 'no member' : 'only one member'} that may be promoted`,
    remedy: 'have at least two with promote: Allowed, so that one can take over from the other',
  }
}

/** A pod of two members could not be told apart from the other's. */
function* selectors({ members }: FailoverGroupSpec): Iterable<Fault> {
  for (const [index, member] of members.entries()) {
    const other = members.find((one) => one.name !== member.name && includesAll(selectorOf(one), selectorOf(member)))
    if (other !== undefined)
      yield {
        field: `spec.members[${index}].selector`,
        value: shorten(selectorOf(member)),
        message: `selects the pods of ${other.name}, too`,
        remedy: 'add a label that only the pods of this member have',
      }
  }
}

function includesAll(labels: Readonly<Record<string, string>>, some: Readonly<Record<string, string>>): boolean {
  return Object.entries(some).every(([key, value]) => labels[key] === value)
}

function* looks({ downAfter, interval }: FailoverGroupSpec): Iterable<Fault> {
  if (downAfter >= LEAST_LOOKS * interval) return
  yield {
    field: 'spec.downAfter',
    value: shorten(formatDuration(downAfter)),
    message: `is shorter than ${LEAST_LOOKS} intervals, which are ${formatDuration(LEAST_LOOKS * interval)}`,
    remedy: 'lengthen it, or shorten spec.interval: three looks in a row must find the primary down',
  }
}

function* drill({ drill: rehearsal }: FailoverGroupSpec): Iterable<Fault> {
  if (rehearsal === undefined) return
  const { cron, timezone = 'UTC' } = rehearsal
  const found = faultOfCron({ cron, timezone })
  if (found === undefined) return
  const { field, message, remedy } = found
  yield { field: `spec.drill.${field}`, value: shorten(rehearsal[field]), message, remedy }
}

const CHECKS: readonly Check[] = [service, names, promotable, selectors, looks, drill]
