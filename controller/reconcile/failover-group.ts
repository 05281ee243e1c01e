// The loop of the FailoverGroups: begins a session for each, looks at its interval, and ends it when it is no longer ours.
import { createHands } from '../act/failover/methods.ts'
import { freshMemory } from '../decide/failover/memory.ts'
import type { StoredFailoverGroup } from '../kube/failover-group.ts'
import type { Reflector } from '../kube/reflector.ts'
import { messageOf } from '../model/errors.ts'
import { type FailoverGroupSpec, methodOf } from '../model/failover-group.ts'
import { describeFaults } from '../model/faults.ts'
import type { Milliseconds } from '../model/units.ts'
import { validateFailoverGroupSpec } from '../model/validate-failover-group.ts'
import { createMemberObserver } from '../observe/failover/methods.ts'
import type { FailoverGroupView } from '../record/failover-metrics.ts'
import { type Schedule, startSchedule } from '../runtime/schedule.ts'
import { createWorkqueue, type ReconcileResult } from '../runtime/workqueue.ts'
import { createIdentities } from './failover/identity.ts'
import type { GroupSession } from './failover/session.ts'
import { isNews } from './failover/tell.ts'
import { type GroupTickDeps, tickGroup } from './failover/tick.ts'
import { writeUnrun } from './failover/unrun.ts'
import { viewOf, viewOfRefused } from './failover/view.ts'
import { catchUp, Outdated } from './failover/write.ts'

export interface FailoverLoopDeps extends GroupTickDeps {
  readonly groups: Pick<Reflector<StoredFailoverGroup>, 'get' | 'list' | 'onChange'>
  /** Whether this replica runs the loop: it leads, or has only lost contact with the API server. */
  readonly isOnDuty: () => boolean
}

export interface FailoverLoop {
  /** Looks at every group: who begins to lead does, and who leads no longer. */
  all(): void
  views(): Iterable<FailoverGroupView>
  /** Takes no more work, resolves when the work under way has ended, and closes what is open. */
  drain(): Promise<void>
}

/** Somebody else has written: what they wrote is read at once. */
const AFTER_CONFLICT_MS: Milliseconds = 10
/** The watch will soon know what was in the way. */
const AGAIN_MS: Milliseconds = 200

/** Follows the watches from now on. */
export function startFailoverLoop(deps: FailoverLoopDeps): FailoverLoop {
  const { groups, log, clock } = deps
  const sessions = new Map<string, GroupSession>()
  /** Groups whose spec can't be used: they have no session. */
  const refused = new Set<string>()
  const queue = createWorkqueue({
    reconcile,
    clock,
    // A look waits for its slowest member: with a limit here, a group that hangs would delay the others.
    concurrency: Number.POSITIVE_INFINITY,
    // Nobody waits a minute for a failover since the API server failed for one.
    backoff: { baseMs: 100, maxMs: 5_000 },
    onError: ({ key, error, retryAfterMs }) =>
      log.warn({ failoverGroup: key, err: error, retryAfterMs }, `${key}: ${messageOf(error)}`),
  })
  groups.onChange((key, change) => {
    if (change === 'deleted' || isNewsFromOutside(key)) queue.add(key)
  })

  /** Our own writes wake nobody. */
  function isNewsFromOutside(key: string): boolean {
    const [group, session] = [groups.get(key), sessions.get(key)]
    if (group === undefined || session === undefined) return true
    const { known, uid, generation } = session
    const isSameObject = group.uid === uid && group.generation === generation
    return (
      !isSameObject ||
      group.request?.id !== known.request?.id ||
      group.requestFault !== known.requestFault ||
      group.acknowledgedEpoch !== known.acknowledgedEpoch
    )
  }

  async function reconcile(key: string): Promise<ReconcileResult> {
    const group = groups.get(key)
    const known = sessions.get(key)
    if (known !== undefined && (group?.uid !== known.uid || group.generation !== known.generation || !deps.isOnDuty()))
      await drop(known)
    refused.delete(key)
    if (group === undefined || !deps.isOnDuty()) return {}
    const session = sessions.get(key)
    if (session !== undefined) return tick(session)
    const validation = validateFailoverGroupSpec(group.spec)
    if (!validation.ok || validation.spec.mode === 'Paused') {
      const fault = validation.ok ? undefined : describeFaults(validation.faults)
      if (fault !== undefined) refused.add(key)
      return (await writeUnrun(deps, group, fault)) ? {} : { requeueAfterMs: AGAIN_MS }
    }
    return tick(begin(key, group, validation.spec))
  }

  async function tick(session: GroupSession): Promise<ReconcileResult> {
    try {
      if (!(await catchUp(deps, session))) return {}
      // Written by somebody who has changed the spec meanwhile: the watch brings it.
      if (session.known.generation !== session.generation || session.known.uid !== session.uid)
        return { requeueAfterMs: AGAIN_MS }
      const { requestFault, statusFault } = session.known
      if (statusFault !== undefined) {
        if (isNews(session, 'status', statusFault))
          log.error({ failoverGroup: session.key }, `${session.key}: ${statusFault}: nothing is done about it`)
        return { requeueAfterMs: session.spec.interval }
      }
      if (requestFault !== undefined && isNews(session, 'request', requestFault))
        log.warn({ failoverGroup: session.key }, `${session.key}: ${requestFault}`)
      return { requeueAfterMs: await tickGroup(deps, session) }
    } catch (error) {
      if (!(error instanceof Outdated)) throw error
      log.info({ failoverGroup: session.key }, `${session.key}: its status was written by others; reading it again`)
      return { requeueAfterMs: AFTER_CONFLICT_MS }
    }
  }

  function begin(key: string, group: StoredFailoverGroup, spec: FailoverGroupSpec): GroupSession {
    const method = methodOf(spec)
    const { uid, generation, status } = group
    const session: GroupSession = {
      key,
      uid,
      generation,
      spec,
      method,
      observer: createMemberObserver(method, () => queue.add(key)),
      hands: createHands(method),
      identities: createIdentities(deps.client, clock, portOf(spec)),
      drill: drillOf(key, spec),
      known: group,
      mustRead: false,
      memory: freshMemory(status, clock.now()),
      seen: undefined,
      members: [],
      writtenAt: 0,
      isDrillDue: false,
      credentialsRefused: false,
      jumps: clock.jumps,
      told: new Map(),
    }
    sessions.set(key, session)
    return session
  }

  function drillOf(key: string, { drill }: FailoverGroupSpec): Schedule | undefined {
    if (drill === undefined) return undefined
    return startSchedule({
      cron: drill.cron,
      timezone: drill.timezone ?? 'UTC',
      run() {
        const session = sessions.get(key)
        if (session === undefined || !deps.isLeading()) return
        session.isDrillDue = true
        queue.add(key)
      },
      onError: (error) => log.warn({ failoverGroup: key }, `${key}: the drill: ${messageOf(error)}`),
    })
  }

  async function drop(session: GroupSession): Promise<void> {
    sessions.delete(session.key)
    session.drill?.stop()
    const closed = await Promise.allSettled([session.observer.close(), session.hands.close()])
    for (const one of closed)
      if (one.status === 'rejected') log.warn(`${session.key} could not be closed: ${messageOf(one.reason)}`)
  }

  return {
    all() {
      for (const { namespace, name } of groups.list()) queue.add(`${namespace}/${name}`)
    },
    *views() {
      for (const session of sessions.values()) yield viewOf(session)
      for (const key of refused) {
        const group = groups.get(key)
        if (group !== undefined) yield viewOfRefused(group)
      }
    },
    async drain() {
      await queue.drain()
      await Promise.all([...sessions.values()].map(drop))
    },
  }
}

/** Where the process listens whose end may have to be proven. */
function portOf({ method }: FailoverGroupSpec): number | undefined {
  return (method.redis ?? method.mysql)?.port
}
