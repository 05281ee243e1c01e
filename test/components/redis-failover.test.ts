// Method redis on real Redis: what is seen, how the old primary is fenced, and that no write is taken twice or lost.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRedisHands } from '../../controller/act/failover/redis.ts'
import { systemClock } from '../../controller/model/clock.ts'
import type { FenceOutcome, GroupTarget, Look, MemberReading, StepOutcome } from '../../controller/model/failover.ts'
import type { LastSeen, Switch, SwitchKind } from '../../controller/model/failover-group-status.ts'
import { createRedisObserver } from '../../controller/observe/failover/redis.ts'
import { describeWith } from './support/programs.ts'
import { isLinked, type RedisGroup, type RedisMember, startRedisGroup, until } from './support/redis-group.ts'
import { startWriter } from './support/redis-writers.ts'
import { createRoom, type Room } from './support/room.ts'

const signal = new AbortController().signal

describeWith(['redis-server'], 'method redis, on real Redis', () => {
  let room: Room
  let group: RedisGroup
  let target: GroupTarget
  let eyes: ReturnType<typeof createRedisObserver>
  let hands: ReturnType<typeof createRedisHands>

  beforeEach(async () => {
    room = createRoom('redis-failover')
    eyes = createRedisObserver()
    hands = createRedisHands()
    group = await startRedisGroup(room)
    target = group.target()
  })
  afterEach(async () => {
    await eyes.close()
    await hands.close()
    await room.stop()
  })

  it('sees who is what, how far, and what a primary that is lost can be known by', async () => {
    await lastSeenWell()
    const [zero, one, two] = (await lookAnswered()).members
    expect(zero).toMatchObject({
      role: 'Primary',
      isWritable: true,
      replicas: 2,
      starves: { replicas: 1, afterMs: 3_000 },
    })
    expect(one).toMatchObject({ role: 'Replica', follows: 'redis-0', link: 'Up', isWritable: false })
    expect(two?.position).toBe(zero?.position)
    for (const member of [zero, one, two]) expect(member?.unfit).toBeUndefined()
  })

  it('tells one that is gone from one that hangs, and from one that is cut off', async () => {
    await look()
    group.member('redis-0').hang()
    await until('it is seen to hang', async () => {
      const { reach } = seen(await look(), 'redis-0')
      return reach.kind === 'silent' && reach.hangs === true
    })
    group.member('redis-0').wake()
    await until('it answers', async () => seen(await look(), 'redis-0').reach.kind === 'answers')
    await group.member('redis-1').cut()
    const { reach } = seen(await look(), 'redis-1')
    expect(reach).toMatchObject({ kind: 'silent' })
    expect(seen(await look(), 'redis-1').reach).not.toHaveProperty('hangs')
    await group.member('redis-0').kill()
    await until('nobody listens', async () => seen(await look(), 'redis-0').reach.kind === 'refused')
    await until('its replica says so', async () => seen(await look(), 'redis-2').link === 'Down')
  })

  it('knows nothing of one that wants a password', async () => {
    await group.member('redis-2').ask('CONFIG', 'SET', 'requirepass', 'secret')
    await eyes.close()
    const { reach } = seen(await look(), 'redis-2')
    expect(reach).toMatchObject({ kind: 'unknown', why: expect.stringContaining('NOAUTH') })
    const { reach: wrong } = seen(await look({ ...target, credentials: { password: 'wrong' } }), 'redis-2')
    expect(wrong).toMatchObject({ kind: 'unknown', why: expect.stringContaining('WRONGPASS') })
    expect(JSON.stringify(wrong)).not.toContain('"wrong"')
    expect(seen(await look({ ...target, credentials: { password: 'secret' } }), 'redis-2').reach.kind).toBe('answers')
  })

  it('switches as planned without losing one acknowledged write, and the old primary follows', async () => {
    const writer = startWriter(() => group.members.map(({ inside }) => inside), 'planned', 1)
    await until('there are writes', () => writer.acknowledged.length > 50)
    const lastSeen = await lastSeenWell()
    const context = contextOf(await look(), 'Switchover', lastSeen)
    const fenced = await untilFenced(context)
    expect(fenced).toMatchObject({ by: 'Told' })
    expect(await writes(group.member('redis-0'))).toBe(false)
    // Nobody takes a write between the fence and the promotion.
    const before = writer.acknowledged.length
    await done(() => hands.promote(context))
    for (const member of ['redis-2', 'redis-0']) await done(() => hands.follow(target, member, 'redis-1', context))
    await until('there are more writes', () => writer.acknowledged.length > before + 50)
    await writer.stop()
    expect(await missing('redis-1', writer.acknowledged)).toEqual([])
    expect(seen(await look(), 'redis-0')).toMatchObject({ role: 'Replica', follows: 'redis-1', link: 'Up' })
    expect(seen(await look(), 'redis-1')).toMatchObject({ role: 'Primary', starves: { replicas: 1 } })
    // The fence is gone with the switch.
    expect(await setting('redis-0', 'min-replicas-to-write')).toBe('1')
  })

  it('takes the fence back when the switch is abandoned, without copying the data anew', async () => {
    const context = contextOf(await look(), 'Switchover', await lastSeenWell())
    await untilFenced(context)
    expect(await writes(group.member('redis-0'))).toBe(false)
    const full = await fullSyncs('redis-0')
    await done(() => hands.unfence(context))
    expect(await writes(group.member('redis-0'))).toBe(true)
    for (const name of ['redis-1', 'redis-2']) expect(await isLinked(group.member(name))).toBe(true)
    expect(await fullSyncs('redis-0')).toBe(full)
  })

  it('finishes a fence that another process began', async () => {
    const context = contextOf(await look(), 'Switchover', await lastSeenWell())
    await untilFenced(context)
    const other = createRedisHands()
    try {
      await until('it is fenced again', async () => (await other.fence(context)).kind === 'fenced')
    } finally {
      await other.close()
    }
  })

  it('after kill -9: starves the old one, loses nothing that had reached the others, and keeps the old one from writing', async () => {
    const old = group.member('redis-0')
    const writer = startWriter(() => group.members.map(({ inside }) => inside), 'kill', 2)
    await until('there are writes', () => writer.everywhere.length > 50)
    const lastSeen = await lastSeenWell()
    await old.kill()
    const context = contextOf(await look(), 'Failover', lastSeen)
    expect(await untilFenced(context)).toMatchObject({ by: 'Starved' })
    // It comes back as its settings say: as a primary.
    await old.restart()
    expect(await writes(old)).toBe(false)
    await done(() => hands.promote(context))
    expect(await writes(old)).toBe(false)
    const before = writer.acknowledged.length
    await done(() => hands.follow(target, 'redis-2', 'redis-1', context))
    await until('there are writes again', () => writer.acknowledged.length > before + 50)
    expect(await writes(old)).toBe(false)
    await done(() => hands.follow(target, 'redis-0', 'redis-1', context))
    await writer.stop()
    expect(await missing('redis-1', writer.everywhere)).toEqual([])
    expect(await missing('redis-0', writer.everywhere)).toEqual([])
  })

  it('after a cut: those on the old side write no more before the new one is promoted, nor when the network is whole again', async () => {
    const old = group.member('redis-0')
    // Longer than it takes to ask again and again, so that it matters whether one waits.
    await old.ask('CONFIG', 'SET', 'min-replicas-max-lag', '4')
    const outside = startWriter(() => group.members.map(({ ip }) => ip), 'outside', 2)
    const inside = startWriter(() => [old.inside], 'inside', 0)
    await until('there are writes', () => outside.everywhere.length > 50 && inside.acknowledged.length > 50)
    const lastSeen = await lastSeenWell()
    await old.cut()
    const context = contextOf(await look(), 'Failover', lastSeen)
    // It has not noticed yet, and takes writes: that is why one waits.
    const begun = inside.acknowledged.length
    expect(await hands.fence(context)).toMatchObject({ kind: 'waiting' })
    await until('it still takes writes', () => inside.acknowledged.length > begun)
    const fenced = await untilFenced(context)
    const fencedAt = Date.now()
    expect(fenced).toMatchObject({ by: 'Starved' })
    await done(() => hands.promote(context))
    const before = outside.acknowledged.length
    await done(() => hands.follow(target, 'redis-2', 'redis-1', context))
    await until('there are writes again', () => outside.acknowledged.length > before + 50)
    old.heal()
    await until('the old one is heard again', async () => seen(await look(), 'redis-0').reach.kind === 'answers')
    expect(await writes(old)).toBe(false)
    await done(() => hands.follow(target, 'redis-0', 'redis-1', context))
    await inside.stop()
    await outside.stop()
    expect(inside.lastAt()).toBeLessThan(fencedAt)
    expect(await missing('redis-1', outside.everywhere)).toEqual([])
  })

  it('does not take a primary that hangs for one that is starved: it would take writes when it wakes', async () => {
    const old = group.member('redis-0')
    const lastSeen = await lastSeenWell()
    old.hang()
    await until('it is seen to hang', async () => {
      const { reach } = seen(await look(), 'redis-0')
      return reach.kind === 'silent' && reach.hangs === true
    })
    const fence = () => look().then((now) => hands.fence(contextOf(now, 'Failover', lastSeen)))
    expect(await fence()).toMatchObject({ kind: 'refused', why: expect.stringContaining('only its end') })
    // What is written into its sockets meanwhile is executed when it wakes.
    const written = old.ask('SET', 'late', '1').catch(() => {})
    await systemClock.sleep(lastSeen.starves?.afterMs ?? 0)
    expect(await fence()).toMatchObject({ kind: 'refused' })
    await written
    // Its end closes that, and its replicas are already away from it.
    await old.kill()
    const context = contextOf(await look(), 'Failover', lastSeen)
    await done(() => hands.promote(context))
    await done(() => hands.follow(target, 'redis-2', 'redis-1', context))
    await old.restart()
    expect(await writes(old)).toBe(false)
    expect(await writes(group.member('redis-1'))).toBe(true)
  })

  it('does not fence a primary that may still have a replica which cannot be reached', async () => {
    const lastSeen = await lastSeenWell()
    await group.member('redis-0').cut()
    await group.member('redis-2').cut()
    const fenced = await hands.fence(contextOf(await look(), 'Failover', lastSeen))
    expect(fenced).toMatchObject({ kind: 'refused', why: expect.stringContaining('redis-2') })
  })

  it('tells a primary that came back empty from those who still have its data, and takes them away from it', async () => {
    const old = group.member('redis-0')
    const writer = startWriter(() => [old.inside], 'empty', 2)
    await until('there are writes', () => writer.everywhere.length > 50)
    await writer.stop()
    const lastSeen = await lastSeenWell()
    // As a node does that restarts it at once. So long is waited, by default, before replicas are given what it has.
    await old.kill()
    await old.restart({ 'repl-diskless-sync-delay': '5' })
    const now = await look()
    expect(seen(now, 'redis-0').lost).toContain('without the data that redis-1 and redis-2 still have')
    const context = contextOf(now, 'Failover', lastSeen)
    expect(await untilFenced(context)).toMatchObject({ by: 'Told' })
    await done(() => hands.promote(context))
    await done(() => hands.follow(target, 'redis-2', 'redis-1', context))
    await done(() => hands.follow(target, 'redis-0', 'redis-1', context))
    expect(await missing('redis-0', writer.everywhere)).toEqual([])
  })

  it('tells of a member that hangs up before the next look is due', async () => {
    let isTold = false
    const watching = createRedisObserver(() => {
      isTold = true
    })
    try {
      await watching.look(target, signal)
      await group.member('redis-0').kill()
      await until('it is told', () => isTold, 2_000)
    } finally {
      await watching.close()
    }
  })

  it('gives the password to a replica that has none of its own', async () => {
    const credentials = { password: 'secret' }
    await group.member('redis-1').ask('CONFIG', 'SET', 'requirepass', credentials.password)
    target = { ...target, credentials }
    await eyes.close()
    // The others want none, and take being given one for a fault.
    for (const name of ['redis-0', 'redis-2']) await group.member(name).ask('CONFIG', 'SET', 'requirepass', 'secret')
    const context = contextOf(await look(), 'Switchover', await lastSeenWell())
    await untilFenced(context)
    await done(() => hands.promote(context))
    for (const name of ['redis-0', 'redis-2']) await done(() => hands.follow(target, name, 'redis-1', context))
    expect(await setting('redis-2', 'masterauth')).toBe('secret')
  })

  it('writes nothing once it may not', async () => {
    const context = { ...contextOf(await look(), 'Switchover', await lastSeenWell()), mayWrite: () => false }
    expect(await hands.fence(context)).toMatchObject({ kind: 'waiting' })
    expect(await hands.promote(context)).toMatchObject({ kind: 'failed' })
    expect(await writes(group.member('redis-0'))).toBe(true)
    expect(seen(await look(), 'redis-1')).toMatchObject({ role: 'Replica', link: 'Up' })
  })

  async function look(at = target): Promise<Look> {
    return { at: systemClock.now(), ...(await eyes.look(at, signal)) }
  }

  /** On a busy machine, one look can come too late for an answer. */
  async function lookAnswered(): Promise<Look> {
    let now = await look()
    await until('all members answer', async () => {
      now = await look()
      return now.members.every(({ reach }) => reach.kind === 'answers')
    })
    return now
  }

  function seen({ members }: Look, name: string): MemberReading {
    const found = members.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no reading of ${name}`)
    return found
  }

  async function lastSeenWell(): Promise<LastSeen> {
    let well: MemberReading | undefined
    await until('the primary is seen to be well', async () => {
      well = seen(await look(), 'redis-0')
      return well.starves !== undefined
    })
    const { position = 0, instance = '', starves } = well ?? {}
    return { at: new Date(systemClock.now()).toISOString(), position, instance, ...(starves && { starves }) }
  }

  function contextOf(now: Look, kind: SwitchKind, lastSeen: LastSeen) {
    const at = new Date(now.at).toISOString()
    const made: Switch = {
      epoch: 2,
      kind,
      from: 'redis-0',
      to: 'redis-1',
      step: 'Fencing',
      stepSince: at,
      startedAt: at,
      by: 'evenkeel',
      reason: 'a test',
    }
    return { target, switch: made, look: now, lastSeen, clock: systemClock, mayWrite: () => true, signal }
  }

  async function untilFenced(context: ReturnType<typeof contextOf>): Promise<FenceOutcome> {
    let outcome: FenceOutcome = { kind: 'waiting', why: 'not asked yet' }
    await until('it is fenced', async () => {
      outcome = await hands.fence(context)
      return outcome.kind === 'fenced'
    })
    return outcome
  }

  async function done(step: () => Promise<StepOutcome>): Promise<void> {
    let outcome: StepOutcome | undefined
    await until(`a step is done`, async () => {
      outcome = await step()
      if (outcome.kind === 'failed') throw new Error(outcome.why)
      return outcome.kind === 'done'
    })
  }

  async function writes(member: RedisMember): Promise<boolean> {
    return member.ask('SET', 'tried', '1').then(
      () => true,
      () => false,
    )
  }

  async function missing(name: string, keys: readonly string[]): Promise<string[]> {
    const there = new Set((await group.member(name).ask('KEYS', '*')) as readonly string[])
    return keys.filter((key) => !there.has(key))
  }

  async function setting(name: string, which: string): Promise<unknown> {
    const reply = await group.member(name).ask('CONFIG', 'GET', which)
    return Array.isArray(reply) ? reply[1] : undefined
  }

  async function fullSyncs(name: string): Promise<string> {
    return /sync_full:(\d+)/.exec(String(await group.member(name).ask('INFO', 'stats')))?.[1] ?? ''
  }
})
