// The hands of the method `mysql`: MariaDB replicas with GTIDs and no manager. What is read-only takes no writes: that is the fence.
import { countOf, missingFrom } from '../../databases/gtid.ts'
import { MysqlError } from '../../databases/mysql.ts'
import { messageOf } from '../../model/errors.ts'
import type { FailoverHands, FenceOutcome, GroupTarget, StepOutcome, SwitchContext } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { followPrimary } from './mysql-follow.ts'
import { promoteReplica } from './mysql-promote.ts'
import { hasApplied, NotAllowed, type Permission, setReadOnly, withMember } from './mysql-session.ts'

const ARRIVES_WITHIN_MS: Milliseconds = 1_000

/** Keeps nothing open: a switch is rare, and a new connection has no state that could surprise. */
export function createMysqlHands(): FailoverHands {
  return {
    fence: (context) => tellUnwritable(context).catch(fenceAfter),
    unfence: (context) => tellWritable(context.target, context.switch.from, context).catch(stepAfter),
    resume: (target, primary, means) => tellWritable(target, primary, means).catch(stepAfter),
    promote: (context) => promoteReplica(context).catch(stepAfter),
    follow: (target, member, primary, means) => followPrimary(target, member, primary, means).catch(stepAfter),
    async close() {},
  }
}

/**
 * Told while it answers. One that does not answer may still take writes, and MariaDB has no way to stop it from afar: only
 * its end is a fence then.
 */
async function tellUnwritable(context: SwitchContext): Promise<FenceOutcome> {
  const { target, switch: under } = context
  const all = await withMember(target, under.from, context, async (session) => {
    if (!(await session.state()).readOnly) await setReadOnly(session, true)
    const { readOnly, position } = await session.state()
    return readOnly ? position : undefined
  })
  if (all === undefined) return { kind: 'waiting', why: `${under.from} was told too late to take no writes` }
  const why = `${under.from} says that it is read-only`
  return withMember(target, under.to, context, async (session) => {
    if (await hasApplied(session, all, ARRIVES_WITHIN_MS))
      return { kind: 'fenced', by: 'Told', why: `${why}, and ${under.to} has all of it` }
    const { position, known } = await session.state()
    const left = missingFrom(known, all).length === 0 ? 0 : Math.max(1, countOf(all) - countOf(position))
    if (mayLeaveBehind(context))
      return { kind: 'fenced', by: 'Told', why: `${why}; ${under.to} lacks ${left} of its transactions` }
    return { kind: 'waiting', why: `${why}; ${under.to} has still to get ${left} transactions` }
  })
}

/** A failover is not held up for ever by what does not arrive: the lag limit has let it begin. */
function mayLeaveBehind({ switch: { kind, stepSince }, target, clock }: SwitchContext): boolean {
  return kind === 'Failover' && clock.now() - Date.parse(stepSince) >= target.spec.fencing.within / 2
}

function tellWritable(target: GroupTarget, member: string, means: Permission): Promise<StepOutcome> {
  return withMember(target, member, means, async (session) => {
    const { sources } = await session.state()
    if (sources.length > 0) return { kind: 'failed', why: `${member} is a replica: somebody has made it one` }
    await setReadOnly(session, false)
    const isBack = !(await session.state()).readOnly
    return isBack ? { kind: 'done' } : { kind: 'waiting', why: `${member} was told too late to take writes` }
  })
}

function fenceAfter(error: unknown): FenceOutcome {
  return error instanceof MysqlError && error.fault !== 'failed'
    ? { kind: 'refused', why: `it can't be told to take no writes: ${error.message}` }
    : { kind: 'waiting', why: whyOf(error) }
}

function stepAfter(error: unknown): StepOutcome {
  return { kind: error instanceof NotAllowed ? 'waiting' : 'failed', why: whyOf(error) }
}

function whyOf(error: unknown): string {
  if (error instanceof MysqlError || error instanceof NotAllowed) return messageOf(error)
  return `unexpected: ${messageOf(error)}`
}
