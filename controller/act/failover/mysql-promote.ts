// Makes a MariaDB replica the primary, once it has applied what it received, and what any other replica has beyond that.
import { countOf, missingFrom } from '../../databases/gtid.ts'
import type { MariadbState } from '../../databases/mariadb.ts'
import { MysqlError } from '../../databases/mysql.ts'
import { messageOf } from '../../model/errors.ts'
import type { StepOutcome, SwitchContext } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { pointAt } from './mysql-follow.ts'
import { hasApplied, type Session, setReadOnly, withMember } from './mysql-session.ts'

const APPLIES_WITHIN_MS: Milliseconds = 1_000
/** For so long the others' transactions are worth waiting for, while nobody takes writes. */
const CATCH_UP_MS: Milliseconds = 10_000

/** Throws MysqlError when it does not answer. */
export function promoteReplica(context: SwitchContext): Promise<StepOutcome> {
  const { target, switch: under } = context
  return withMember(target, under.to, context, async (session) => {
    const before = await session.state()
    if (before.sources.length > 0) {
      const settled = await settle(session, before)
      if (settled.kind !== 'done') return settled
      const caught = await catchUp(session, context)
      if (caught.kind !== 'done') return caught
      await session.change('STOP SLAVE')
      await session.change('RESET SLAVE ALL')
    }
    await setReadOnly(session, false)
    const after = await session.state()
    if (after.sources.length === 0 && !after.readOnly) return { kind: 'done' }
    return { kind: 'waiting', why: `${under.to} was told too late to take writes: it is told again` }
  })
}

/** Receives nothing more, and has applied all that it received. */
async function settle(session: Session, { sources }: MariadbState): Promise<StepOutcome> {
  const [source, another] = sources
  if (source === undefined || another !== undefined || source.name !== '')
    return { kind: 'failed', why: `${session.member} replicates over a connection with a name: take that away by hand` }
  if (source.receives !== 'No') await session.change('STOP SLAVE IO_THREAD')
  const { position, sources: now } = await session.state()
  const received = now[0]?.received ?? []
  if (missingFrom(position, received).length === 0) return { kind: 'done' }
  if (now[0]?.applies === false) await session.change('START SLAVE SQL_THREAD')
  if (await hasApplied(session, received, APPLIES_WITHIN_MS)) return { kind: 'done' }
  const { position: then, sources: last } = await session.state()
  const left = Math.max(0, countOf(received) - countOf(then))
  if (last[0]?.applies === false)
    return { kind: 'failed', why: `${session.member} can't apply ${left} transactions: ${last[0].applyError}` }
  return { kind: 'waiting', why: `${session.member} has ${left} transactions still to apply` }
}

/**
 * While the old primary was being fenced, another replica may have heard more of it: that is fetched from there first. Not
 * for ever, and not from one that has written something itself.
 */
async function catchUp(session: Session, context: SwitchContext): Promise<StepOutcome> {
  const { target, switch: under, clock } = context
  if (clock.now() - Date.parse(under.stepSince) >= CATCH_UP_MS) return { kind: 'done' }
  const { known } = await session.state()
  const others = target.spec.members.filter(({ name }) => name !== under.to && name !== under.from)
  for (const { name } of others) {
    const other = await stateOf(name, context)
    if (other === undefined || other.sources.length === 0) continue
    const missing = missingFrom(known, [...other.position, ...(other.sources[0]?.received ?? [])])
    if (missing.length === 0 || missing.some(({ server }) => server === other.serverId)) continue
    await session.change('STOP SLAVE')
    await pointAt(session, target, name, await session.state())
    if (await hasApplied(session, missing, APPLIES_WITHIN_MS)) return catchUp(session, context)
    return { kind: 'waiting', why: `${under.to} fetches from ${name} what only that one has got` }
  }
  return { kind: 'done' }
}

/** One that does not answer has nothing to give. */
async function stateOf(member: string, context: SwitchContext): Promise<MariadbState | undefined> {
  try {
    return await withMember(context.target, member, context, (session) => session.state())
  } catch (error) {
    if (error instanceof MysqlError) return undefined
    throw new Error(`could not look at ${member}: ${messageOf(error)}`, { cause: error })
  }
}
