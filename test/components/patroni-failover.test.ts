// A real Patroni cluster that is seen, asked to switch, and left to fail over by itself, under writes that are counted afterwards.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createPatroniHands } from '../../controller/act/failover/patroni.ts'
import { createPatroniClient } from '../../controller/databases/patroni.ts'
import { endpointOf } from '../../controller/databases/patroni-endpoint.ts'
import { systemClock } from '../../controller/model/clock.ts'
import type { GroupTarget, Look, MemberReading, StepOutcome } from '../../controller/model/failover.ts'
import type { Switch } from '../../controller/model/failover-group-status.ts'
import { createPatroniObserver } from '../../controller/observe/failover/patroni.ts'
import { PATRONI_MEMBERS, type PatroniCluster, type PatroniMemberName, startPatroni } from './support/patroni.ts'
import { startWriter, type Writer } from './support/patroni-writer.ts'
import { describeWith } from './support/programs.ts'
import { createRoom } from './support/room.ts'

const SETTLED = { timeout: 45_000, interval: 100 }
/** It may not be promoted, so that the other two take turns. */
const NEVER: PatroniMemberName = 'db-2'

describeWith(['postgresql-15', 'patroni', 'python3-etcd', 'etcd-server'], 'PostgreSQL under Patroni', () => {
  const room = createRoom('patroni', 'postgres')
  const observer = createPatroniObserver()
  const hands = createPatroniHands()
  let cluster: PatroniCluster
  let writer: Writer | undefined
  let epoch = 0

  beforeAll(async () => {
    cluster = await startPatroni(room, { [NEVER]: { nofailover: true } })
    const { leader } = await settled()
    await cluster.query(leader, 'create table writes (id bigint primary key)')
  })
  afterEach(async () => {
    await writer?.stop()
    writer = undefined
  })
  afterAll(async () => {
    await Promise.all([observer.close(), hands.close()])
    await room.stop()
  })

  const look = async (target = cluster.target): Promise<Look> => ({
    at: Date.now(),
    ...(await observer.look(target, AbortSignal.timeout(10_000))),
  })

  /** Waits until one leads, and both others stream from it. */
  async function settled(): Promise<{ readonly leader: PatroniMemberName; readonly other: PatroniMemberName }> {
    return vi.waitFor(async () => {
      const { members, managerFault } = await look()
      const leader = PATRONI_MEMBERS.find((name) => readingOf(members, name).role === 'Primary')
      expect(managerFault).toBeUndefined()
      expect(members.filter(({ role }) => role === 'Primary')).toHaveLength(1)
      expect(members.filter(({ role, link }) => role === 'Replica' && link === 'Up')).toHaveLength(2)
      if (leader === undefined) throw new Error('nobody leads')
      return { leader, other: leader === 'db-0' ? 'db-1' : 'db-0' }
    }, SETTLED)
  }

  async function delegate(plan: Pick<Switch, 'from' | 'to' | 'kind' | 'epoch'>, target: GroupTarget = cluster.target) {
    const now = new Date().toISOString()
    const about = { step: 'Delegating', stepSince: now, startedAt: now, by: 'a test', reason: 'a test' } as const
    return hands.delegate({
      target,
      switch: { ...plan, ...about },
      look: await look(target),
      lastSeen: undefined,
      clock: systemClock,
      mayWrite: () => true,
      signal: AbortSignal.timeout(10_000),
    })
  }

  /** As the loop does: asked again and again until it is done. */
  async function untilDone(plan: Parameters<typeof delegate>[0]): Promise<readonly StepOutcome[]> {
    const outcomes: StepOutcome[] = []
    await vi.waitFor(async () => {
      outcomes.push(await delegate(plan))
      expect(outcomes.at(-1)).toEqual({ kind: 'done' })
    }, SETTLED)
    return outcomes
  }

  /** What was acknowledged and is not there, and where the log of the primary before was left. */
  async function losses(on: PatroniMemberName, acknowledged: ReturnType<Writer['acknowledged']>) {
    const there = new Set(await cluster.query(on, 'select id from writes'))
    const [, leftAt] = (await cluster.history()).at(-1) ?? []
    return { missing: acknowledged.filter(({ id }) => !there.has(id)), leftAt: leftAt ?? Number.NaN }
  }

  /** Each promotion begins another; the names of the log's files begin with it. */
  const timelineOf = (name: PatroniMemberName) =>
    cluster.query(name, 'select left(pg_walfile_name(pg_current_wal_lsn()), 8)')

  it('is seen as PostgreSQL itself says: who leads, how far each is, and who may not take over', async () => {
    const { leader, other } = await settled()
    const [line] = await cluster.query(
      leader,
      "select pg_current_wal_lsn() - '0/0'::pg_lsn, to_char(pg_postmaster_start_time() at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US')",
    )
    const [position = '', started = ''] = line?.split('\t') ?? []
    const { members } = await look()
    expect(readingOf(members, leader)).toMatchObject({
      reach: { kind: 'answers' },
      role: 'Primary',
      isWritable: true,
      replicas: 2,
      instance: `${started}+00:00`,
    })
    expect(readingOf(members, leader).position).toBeGreaterThanOrEqual(Number(position))
    expect(readingOf(members, other)).toMatchObject({ role: 'Replica', isWritable: false, follows: leader, link: 'Up' })
    expect(readingOf(members, other)).not.toHaveProperty('unfit')
    await vi.waitFor(async () => expect(readingOf((await look()).members, other).lag).toBe(0), SETTLED)
    expect(readingOf(members, NEVER).unfit).toBe("Patroni's tag nofailover keeps it from being promoted")
  })

  it('a planned switch under writes loses none that was acknowledged, and asked again it makes no second one', async () => {
    const { leader, other } = await settled()
    writer = await startWriter(room, cluster)
    const plan = { from: leader, to: other, kind: 'Switchover', epoch: ++epoch } as const
    const began = Date.now()
    const outcomes = await untilDone(plan)
    console.log(`planned switch: ${Date.now() - began} ms,`, [...new Set(outcomes.map((one) => JSON.stringify(one)))])
    expect(outcomes.some(({ kind }) => kind === 'failed')).toBe(false)
    await untilWrites(writer, Date.now())
    const timeline = await timelineOf(other)
    expect(await delegate(plan)).toEqual({ kind: 'done' })
    expect(await settled()).toEqual({ leader: other, other: leader })
    expect(await timelineOf(other)).toEqual(timeline)
    await writer.stop()
    const acknowledged = writer.acknowledged()
    const { missing } = await losses(other, acknowledged)
    console.log(`${acknowledged.length} writes acknowledged, ${missing.length} missing`)
    expect(missing).toEqual([])
  })

  describe('is refused, and Patroni is not asked', () => {
    it('a switch to a member that Patroni does not let lead', async () => {
      const { leader } = await settled()
      expect(await delegate({ from: leader, to: NEVER, kind: 'Switchover', epoch: ++epoch })).toEqual({
        kind: 'failed',
        why: "db-2 is not asked for: Patroni's tag nofailover keeps it from being promoted",
      })
    })

    it('a switch from one that does not lead any more', async () => {
      const { leader, other } = await settled()
      expect(await delegate({ from: NEVER, to: other, kind: 'Switchover', epoch: ++epoch })).toEqual({
        kind: 'failed',
        why: `Patroni's leader is ${leader}, and not db-2 from which it was to be switched`,
      })
    })

    it('any switch while Patroni is paused, as the look says too', async () => {
      const { leader, other } = await settled()
      await cluster.configure({ pause: true })
      await vi.waitFor(async () => expect((await look()).managerFault).toMatch(/^Patroni is paused/), SETTLED)
      expect(await delegate({ from: leader, to: other, kind: 'Switchover', epoch: ++epoch })).toEqual({
        kind: 'failed',
        why: `${other} is not asked for: Patroni is paused: \`patronictl resume\` it, or switch by patronictl`,
      })
      await cluster.configure({ pause: null })
      expect(await settled()).toEqual({ leader, other })
    })
  })

  it('Patroni itself holds to the leader that a switch is asked from, and to its tags and its password', async () => {
    const { leader, other } = await settled()
    const client = createPatroniClient()
    const at = endpointOf(cluster.target, other)
    if ('kind' in at) throw new Error(at.why)
    const ask = async (wish: Parameters<typeof client.wish>[1], credentials = cluster.target.credentials) =>
      client.wish(at, wish, credentials, AbortSignal.timeout(10_000))
    expect(await ask({ leader: other, candidate: leader })).toEqual({
      kind: 'ok',
      value: { status: 412, text: 'leader name does not match' },
    })
    expect(await ask({ leader, candidate: NEVER })).toEqual({
      kind: 'ok',
      value: { status: 412, text: 'switchover is not possible: no good candidates have been found' },
    })
    expect(await ask({ leader, candidate: other }, { username: 'evenkeel', password: 'wrong' })).toEqual({
      kind: 'ok',
      value: { status: 401, text: 'not authenticated' },
    })
    await client.close()
    const plan = { from: leader, to: other, kind: 'Switchover', epoch: ++epoch } as const
    const stranger = { ...cluster.target, credentials: { username: 'evenkeel', password: 'wrong' } }
    await vi.waitFor(async () => {
      expect(await delegate(plan, stranger)).toEqual({
        kind: 'failed',
        why: "Patroni does not accept the credentials of the group's Secret (HTTP 401: not authenticated)",
      })
    }, SETTLED)
    expect(await settled()).toEqual({ leader, other })
  })

  it.each([
    ['killed', 'SIGKILL', /^refused$/],
    ['hung', 'SIGSTOP', /^silent$/],
  ] as const)(
    'a primary that is %s is followed by Patroni itself, which is seen; no write that reached the new one is lost',
    async (_, signal, reach) => {
      const { leader, other } = await settled()
      writer = await startWriter(room, cluster)
      const lostAt = Date.now()
      cluster.signal(leader, signal)
      // Until its leader key has expired it is Patroni's to say that it is lost.
      const { reach: atFirst } = readingOf((await look()).members, leader)
      expect(atFirst).toMatchObject({
        kind: 'unknown',
        why: expect.stringMatching(/, and it still has Patroni's leader key$/),
      })
      await vi.waitFor(async () => {
        const { members } = await look()
        expect(readingOf(members, other)).toMatchObject({ role: 'Primary', isWritable: true })
        expect(readingOf(members, leader).reach.kind).toMatch(reach)
      }, SETTLED)
      const firstAt = await untilWrites(writer, lostAt + 1_500)
      console.log(`first write after ${firstAt - lostAt} ms`)

      if (signal === 'SIGKILL') await cluster.restart(leader)
      else cluster.signal(leader, 'SIGCONT')
      expect(await settled()).toEqual({ leader: other, other: leader })
      expect(await cluster.query(leader, 'select pg_is_in_recovery()')).toEqual(['t'])
      await writer.stop()
      const acknowledged = writer.acknowledged()
      const { missing, leftAt } = await losses(other, acknowledged)
      const reached = acknowledged.filter(({ at, position }) => at < lostAt && position <= leftAt)
      console.log(`${acknowledged.length} acknowledged, ${reached.length} had reached it, ${missing.length} missing`)
      expect(reached.length).toBeGreaterThan(50)
      expect(missing.filter(({ position, at }) => position <= leftAt || at > lostAt + 1_000)).toEqual([])
    },
  )

  it('where Patroni stays without a leader, it is asked for one, and the old one comes back as a replica', async () => {
    const { leader, other } = await settled()
    // A limit that no replica can keep, so that Patroni promotes none by itself.
    await cluster.configure({ maximum_lag_on_failover: -1_073_741_824 })
    const plan = { from: leader, to: other, kind: 'Failover', epoch: ++epoch } as const
    cluster.signal(leader, 'SIGKILL')
    await vi.waitFor(async () => {
      const { members, managerFault } = await look()
      expect(managerFault).toBeUndefined()
      expect(members.filter(({ role }) => role === 'Primary')).toEqual([])
      expect(readingOf(members, other).primarySilentMs).toBeGreaterThan(2_000)
    }, SETTLED)
    const began = Date.now()
    const outcomes = await untilDone(plan)
    console.log(`asked for: ${Date.now() - began} ms,`, [...new Set(outcomes.map((one) => JSON.stringify(one)))])
    expect(outcomes.some(({ kind }) => kind === 'failed')).toBe(false)
    expect(readingOf((await look()).members, other)).toMatchObject({ role: 'Primary', isWritable: true })
    await cluster.configure({ maximum_lag_on_failover: 1_048_576 })
    await cluster.restart(leader)
    expect(await settled()).toEqual({ leader: other, other: leader })
  })
})

function readingOf(members: readonly MemberReading[], name: string): MemberReading {
  const reading = members.find((one) => one.name === name)
  if (reading === undefined) throw new Error(`${name} is not in the look`)
  return reading
}

/** When the first write after this moment was acknowledged. */
async function untilWrites(writer: Writer, since: number): Promise<number> {
  return vi.waitFor(() => {
    const first = writer.acknowledged().find(({ at }) => at > since)
    if (first === undefined) throw new Error('no write is acknowledged')
    return first.at
  }, SETTLED)
}
