// Makes a MariaDB member a replica of another: read-only first, and never one that has transactions which the other lacks.
import { countMissing, formatGtids, lastOf, missingFrom } from '../../databases/gtid.ts'
import { isRefusedByPrimary, type MariadbState, type Source } from '../../databases/mariadb.ts'
import { memberAt } from '../../databases/members.ts'
import { mysqlPlaceOf } from '../../databases/mysql-members.ts'
import type { GroupTarget, StepOutcome, SwitchContext } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { type Session, setReadOnly, withMember } from './mysql-session.ts'

const SHOWS_WITHIN_MS: Milliseconds = 3_000
const LOOK_AGAIN_MS: Milliseconds = 100
const ACCESS_DENIED = 1045

type Means = Pick<SwitchContext, 'mayWrite' | 'signal' | 'clock'>

/** Throws MysqlError when one of the two does not answer. */
export async function followPrimary(
  target: GroupTarget,
  member: string,
  primary: string,
  means: Means,
): Promise<StepOutcome> {
  const ofPrimary = () => withMember(target, primary, means, (session) => session.state())
  if ((await ofPrimary()).sources.length > 0) return { kind: 'waiting', why: `${primary} is not the primary yet` }
  return withMember(target, member, means, async (session) => {
    const before = await session.state()
    if (!before.readOnly) await setReadOnly(session, true)
    if (!isFollowing(target, before, primary)) {
      if (before.sources.some(({ name }) => name !== ''))
        return { kind: 'failed', why: `${member} replicates over a connection with a name: take that away by hand` }
      if (before.sources.length > 0) await session.change('STOP SLAVE')
      // Read in this order: what it has now, the primary had to have before.
      const stopped = await session.state()
      const lost = lostBy(member, stopped, primary, await ofPrimary())
      if (lost !== undefined) return lost
      await pointAt(session, target, primary, stopped)
    }
    return shows(session, means)
  })
}

/** Already at it, even if it does not succeed yet: whoever starts anew throws away what was received. */
function isFollowing(target: GroupTarget, { sources, readOnly }: MariadbState, primary: string): boolean {
  const [source, another] = sources
  return (
    readOnly &&
    source !== undefined &&
    another === undefined &&
    source.usesGtid &&
    memberAt(target, source.host) === primary &&
    source.receives !== 'No' &&
    source.receiveErrno !== ACCESS_DENIED &&
    source.applies
  )
}

function lostBy(
  member: string,
  mine: MariadbState,
  primary: string,
  theirs: MariadbState,
): Extract<StepOutcome, { kind: 'failed' }> | undefined {
  if (missingFrom(theirs.known, mine.position).length === 0) return undefined
  const count = countMissing(theirs.known, mine.known)
  return {
    kind: 'failed',
    why: `${member} has ${count} transactions that ${primary} never got: see whether they matter, and rebuild it from ${primary}`,
  }
}

/** From where it is, which a former primary does not know of itself as a place to replicate from. */
export async function pointAt(
  session: Session,
  target: GroupTarget,
  primary: string,
  { position, slavePosition }: Pick<MariadbState, 'position' | 'slavePosition'>,
): Promise<void> {
  const place = mysqlPlaceOf(target, primary)
  if (place.kind !== 'server') throw new Error(place.why)
  const { host, port } = place.server
  const at = formatGtids(lastOf([...slavePosition, ...position]))
  if (at !== formatGtids(lastOf(slavePosition))) await session.change('SET GLOBAL gtid_slave_pos = ?', [at])
  const { username, password } = target.credentials?.replication ?? {
    username: target.credentials?.username ?? 'evenkeel',
    password: target.credentials?.password ?? '',
  }
  await session.change(
    `CHANGE MASTER TO MASTER_HOST = ?, MASTER_PORT = ?, MASTER_USER = ?, MASTER_PASSWORD = ?, MASTER_USE_GTID = slave_pos,
      MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1`,
    [host, port, username, password],
  )
  await session.change('START SLAVE')
}

/** Waits a little until it receives and applies. */
async function shows(session: Session, { clock, signal }: Means): Promise<StepOutcome> {
  const until = clock.monotonic() + SHOWS_WITHIN_MS
  for (;;) {
    const [source] = (await session.state()).sources
    const outcome = judge(session.member, source)
    if (outcome.kind !== 'waiting' || clock.monotonic() >= until) return outcome
    await clock.sleep(LOOK_AGAIN_MS, signal)
  }
}

function judge(member: string, source: Source | undefined): StepOutcome {
  if (source === undefined) return { kind: 'failed', why: `${member} has nobody to replicate from` }
  if (!source.applies && source.applyError !== '')
    return { kind: 'failed', why: `${member} can't apply: ${source.applyError}` }
  if (isRefusedByPrimary(source))
    return { kind: 'failed', why: `${member} can't get what it lacks: ${source.receiveError}: rebuild it` }
  if (source.receives === 'Yes' && source.applies) return { kind: 'done' }
  const why = source.receiveError || `${source.receives} is what it says of its connection`
  return { kind: 'waiting', why: `${member} does not receive yet: ${why}` }
}
