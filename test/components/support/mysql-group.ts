// A FailoverGroup of real MariaDB servers, and the steps of a switch as the loop asks for them, one after the other.
import { expect, vi } from 'vitest'
import { createMysqlHands } from '../../../controller/act/failover/mysql.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import type { GroupTarget, MemberReading, StepOutcome, SwitchContext } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import type { SwitchKind } from '../../../controller/model/failover-group-status.ts'
import { createMysqlObserver } from '../../../controller/observe/failover/mysql.ts'
import { EVENKEEL, type Mariadb, REPLICATION } from './mariadb.ts'

export const SOON = { timeout: 20_000, interval: 50 }

export function targetOf(
  members: readonly Mariadb[],
  credentials: GroupTarget['credentials'] = { ...EVENKEEL, replication: REPLICATION },
): GroupTarget {
  const spec = FAILOVER_GROUP_SPEC.parse({
    method: { mysql: { port: members[0]?.port } },
    members: members.map(({ name }) => ({ name })),
  })
  const pods = Object.fromEntries(
    members.map(({ name, address }) => [
      name,
      [{ namespace: 'shop', name, uid: name, ip: address, ready: true, terminating: false }],
    ]),
  )
  return { namespace: 'shop', name: 'db', spec, pods, credentials }
}

export function mysqlGroup(members: readonly Mariadb[]) {
  const target = targetOf(members)
  const observer = createMysqlObserver()
  const hands = createMysqlHands()
  const { signal } = new AbortController()
  const means = { mayWrite: () => true, signal, clock: systemClock }

  const look = async () => (await observer.look(target, signal)).members
  const reading = async (name: string): Promise<MemberReading> => {
    const found = (await look()).find((one) => one.name === name)
    if (found === undefined) throw new Error(`no reading of ${name}`)
    return found
  }
  async function contextOf(kind: SwitchKind, from: string, to: string): Promise<SwitchContext> {
    const at = new Date().toISOString()
    const about = { epoch: 2, by: 'evenkeel', reason: 'a test', stepSince: at, startedAt: at }
    const seen = { at: systemClock.now(), members: await look() }
    return { target, switch: { ...about, kind, from, to, step: 'Fencing' }, look: seen, lastSeen: undefined, ...means }
  }
  const follow = (member: string, primary: string) => hands.follow(target, member, primary, means)

  return {
    hands,
    look,
    reading,
    contextOf,
    follow,
    /** Until it is done, as the loop does. */
    promote: (context: SwitchContext) => untilDone(() => hands.promote(context)),
    untilFollows: (member: string, primary: string) => untilDone(() => follow(member, primary)),
    /** Every member is well, and `primary` is what the others follow. */
    untilWell: (primary: string) =>
      vi.waitFor(async () => {
        const all = await look()
        expect(all.map(({ reach }) => reach.kind)).toEqual(all.map(() => 'answers'))
        for (const one of all) {
          const is = {
            role: one.role,
            isWritable: one.isWritable,
            follows: one.follows,
            link: one.link,
            unfit: one.unfit,
          }
          const should =
            one.name === primary
              ? { role: 'Primary', isWritable: true, follows: undefined, link: undefined, unfit: undefined }
              : { role: 'Replica', isWritable: false, follows: primary, link: 'Up', unfit: undefined }
          expect(is, one.name).toEqual(should)
        }
      }, SOON),
    close: () => Promise.all([observer.close(), hands.close()]),
  }
}

export type MysqlGroup = ReturnType<typeof mysqlGroup>

async function untilDone(step: () => Promise<StepOutcome>): Promise<void> {
  await vi.waitFor(async () => expect(await step()).toEqual({ kind: 'done' }), SOON)
}
