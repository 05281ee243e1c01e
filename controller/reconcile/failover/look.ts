// One look at a group: its pods and its Service from the watches, its members by the eyes of its method.
import type { GroupTarget, Look, MemberPod, MemberReading } from '../../model/failover.ts'
import { selectorOf } from '../../model/failover-group.ts'
import { memberNamedBy } from '../../model/failover-route.ts'
import type { Service } from '../../model/service.ts'
import type { Milliseconds } from '../../model/units.ts'
import type { Pod } from '../../model/workload.ts'
import type { FoundCredentials, MemberCredentialSource } from '../../observe/failover/credentials.ts'
import type { SteadyClock } from '../../runtime/steady-clock.ts'
import type { GroupSession } from './session.ts'

export interface LookDeps {
  readonly clock: SteadyClock
  readonly pods: { byNamespace(namespace: string): readonly Pod[] }
  readonly services: { get(key: string): Service | undefined }
  readonly credentials: MemberCredentialSource
  readonly signal: AbortSignal
}

/** Observers have deadlines of their own: this one is for what they forget. */
const LONGEST_LOOK_MS: Milliseconds = 15_000

export interface Sight {
  readonly target: GroupTarget
  readonly look: Look
}

export async function lookAt(deps: LookDeps, session: GroupSession): Promise<Sight> {
  const { namespace, name } = session.known
  const { spec } = session
  const found = await deps.credentials.find({ namespace, name, spec }, session.credentialsRefused)
  const credentials = found.kind === 'ok' ? found.credentials : undefined
  const target: GroupTarget = {
    namespace,
    name,
    spec,
    pods: podsOf(deps, session),
    ...managerOf(deps, session),
    ...routeOf(deps, session),
    credentials,
  }
  const seen = await seeMembers(deps, session, target, found)
  session.members = seen.members
  session.credentialsRefused = seen.members.some(({ reach }) => reach.kind === 'unknown')
  for (const reading of seen.members)
    if (reading.reach.kind === 'answers')
      session.identities.note(reading, target.pods[reading.name] ?? [], session.known.status.lastSeen)
  const { route } = target
  return { target, look: { ...seen, at: deps.clock.now(), ...(route === undefined ? {} : { routed: route.to }) } }
}

async function seeMembers(
  { clock, signal }: LookDeps,
  { observer }: GroupSession,
  target: GroupTarget,
  found: FoundCredentials,
): Promise<Omit<Look, 'at' | 'routed'>> {
  if (found.kind === 'refused') return { members: unknownAll(target, found.why) }
  const ending = new AbortController()
  const either = AbortSignal.any([signal, ending.signal])
  const late = clock.sleep(LONGEST_LOOK_MS, either).then(
    () => ({ members: unknownAll(target, 'the look took too long') }),
    () => ({ members: unknownAll(target, 'the look was given up') }),
  )
  try {
    return await Promise.race([observer.look(target, either), late])
  } finally {
    ending.abort()
  }
}

function unknownAll({ spec }: GroupTarget, why: string): MemberReading[] {
  return spec.members.map(({ name }) => ({ name, reach: { kind: 'unknown', why } }))
}

function podsOf({ pods }: LookDeps, { known, spec }: GroupSession): Record<string, readonly MemberPod[]> {
  const all = pods.byNamespace(known.namespace).filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed')
  return Object.fromEntries(
    spec.members.map((member) => {
      const labels = Object.entries(selectorOf(member))
      const own = all.filter((pod) => labels.every(([key, value]) => pod.labels[key] === value))
      return [member.name, own.map(memberPod)]
    }),
  )
}

/** The Sentinels of a group. */
function managerOf(
  { pods, services }: LookDeps,
  { known: { namespace }, spec }: GroupSession,
): Pick<GroupTarget, 'manager'> {
  const { sentinel } = spec.method
  if (sentinel === undefined) return {}
  const labels = Object.entries(services.get(`${namespace}/${sentinel.service}`)?.selector ?? {})
  if (labels.length === 0) return { manager: [] }
  const behind = pods.byNamespace(namespace).filter((pod) => labels.every(([key, value]) => pod.labels[key] === value))
  return { manager: behind.map(memberPod).sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

function memberPod({ namespace, name, uid, podIP, ready, terminating }: Pod): MemberPod {
  return { namespace, name, uid, ip: podIP, ready, terminating }
}

function routeOf({ services }: LookDeps, { known, spec }: GroupSession): Pick<GroupTarget, 'route'> {
  if (spec.service === undefined) return {}
  const service = services.get(`${known.namespace}/${spec.service}`)
  const to = service === undefined ? undefined : memberNamedBy(spec, service.selector)
  return { route: { service: spec.service, clusterIP: service?.clusterIP, to } }
}
