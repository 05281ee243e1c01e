// Method sentinel on three real Sentinels: what is seen, that they do as they are asked, and how it is told when they can't.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSentinelHands } from '../../controller/act/failover/sentinel.ts'
import { systemClock } from '../../controller/model/clock.ts'
import type { GroupTarget, Look, StepOutcome } from '../../controller/model/failover.ts'
import { createSentinelObserver } from '../../controller/observe/failover/sentinel.ts'
import { describeWith } from './support/programs.ts'
import { type RedisGroup, startRedisGroup, until } from './support/redis-group.ts'
import { createRoom, type Room } from './support/room.ts'
import { MASTER, type Sentinels, startSentinels } from './support/sentinels.ts'

const signal = new AbortController().signal

describeWith(['redis-server', 'redis-sentinel'], 'method sentinel, on real Sentinels', () => {
  let room: Room
  let group: RedisGroup
  let sentinels: Sentinels
  let target: GroupTarget
  const eyes = createSentinelObserver()
  const hands = createSentinelHands()

  beforeAll(async () => {
    room = createRoom('redis-sentinel')
    group = await startRedisGroup(room)
    // They make no failover by themselves here.
    sentinels = await startSentinels(room, group, { 'down-after-milliseconds': 60_000, 'failover-timeout': 5_000 })
    const method = { sentinel: { master: MASTER, service: 'sentinels' } }
    target = { ...group.target({ method, service: undefined }), manager: sentinels.pods }
  })
  afterAll(async () => {
    await eyes.close()
    await hands.close()
    await room?.stop()
  })

  it('sees the members, and which one the Sentinels would choose', async () => {
    let now = await look()
    // On a busy machine, one look can come too late for an answer.
    await until('all answer', async () => {
      now = await look()
      return now.managerFault === undefined && now.members.every(({ reach }) => reach.kind === 'answers')
    })
    const { members, managerFault } = now
    expect(managerFault).toBeUndefined()
    expect(members.map(({ role }) => role)).toEqual(['Primary', 'Replica', 'Replica'])
    expect(eligible({ members })).toHaveLength(1)
    expect(members.filter(({ unfit }) => unfit?.includes('replica-priority'))).toHaveLength(1)
  })

  it('has the failover made that it asks for, once, and says that it is done when it is', async () => {
    const [to = ''] = eligible(await look())
    const outcomes = await delegate('redis-0', to)
    expect(outcomes.at(-1)).toEqual({ kind: 'done' })
    expect(await failovers()).toBe(1)
    await until('the old primary follows', async () => {
      const { members } = await look()
      return members.find(({ name }) => name === 'redis-0')?.follows === to
    })
    // Asked again by a successor that does not know: nothing more is begun.
    expect((await delegate('redis-0', to)).at(-1)).toEqual({ kind: 'done' })
    expect(await failovers()).toBe(1)
  })

  it('says so when the Sentinels choose another, and makes them switch no further', async () => {
    const from = await primary()
    const before = await failovers()
    const [chosen = '', other = ''] = group.members.map(({ name }) => name).filter((name) => name !== from)
    await prefer({ [chosen]: '10' })
    expect(eligible(await look())).toEqual([chosen])
    const last = (await delegate(from, other)).at(-1)
    expect(last).toMatchObject({ kind: 'failed', why: expect.stringContaining(`the Sentinels chose ${chosen}, not`) })
    expect(await failovers()).toBe(before + 1)
  })

  it('follows replica-priority, by which a person tells the Sentinels whom to choose, and tells that nobody is left', async () => {
    const from = await primary()
    await prefer(Object.fromEntries(group.members.map(({ name }) => [name, name === from ? '100' : '0'])))
    expect(eligible(await look())).toEqual([])
    const to = group.members.find(({ name }) => name !== from)?.name ?? ''
    const last = (await delegate(from, to)).at(-1)
    expect(last).toMatchObject({ kind: 'failed', why: expect.stringContaining('replica-priority 0') })
    expect(await primary()).toBe(from)
  })

  it('has a fault of its manager when the majority of the Sentinels does not answer', async () => {
    await sentinels.kill(1)
    await until('two still do', async () => (await look()).managerFault === undefined)
    await sentinels.kill(2)
    await until('it is told', async () => (await look()).managerFault !== undefined)
    expect((await look()).managerFault).toMatch(/^1 of 3 Sentinels answer, and 2 are needed: sentinel-1: /)
    const last = (await delegate(await primary(), 'redis-0')).at(-1)
    expect(last).toMatchObject({ kind: 'failed', why: expect.stringContaining('1 of 3 Sentinels') })
  })

  async function look(): Promise<Look> {
    return { at: systemClock.now(), ...(await eyes.look(target, signal)) }
  }

  function eligible({ members }: Pick<Look, 'members'>): string[] {
    return members.filter(({ role, unfit }) => role === 'Replica' && unfit === undefined).map(({ name }) => name)
  }

  async function primary(): Promise<string> {
    let found: string | undefined
    await until('there is one primary', async () => {
      const primaries = (await look()).members.filter(({ role }) => role === 'Primary')
      found = primaries.length === 1 ? primaries[0]?.name : undefined
      return found !== undefined
    })
    return found ?? ''
  }

  /** Sets priorities, and waits until the Sentinel that is asked knows them. */
  async function prefer(priorities: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, priority] of Object.entries(priorities))
      await group.member(name).ask('CONFIG', 'SET', 'replica-priority', priority)
    await until(
      'the first Sentinel knows',
      async () => {
        const replicas = (await sentinels.ask(0, 'SENTINEL', 'REPLICAS', MASTER)) as readonly (readonly string[])[]
        const field = (fields: readonly string[], name: string) => fields[fields.indexOf(name) + 1]
        return replicas.every((fields) => {
          const name = group.members.find(({ ip }) => ip === field(fields, 'ip'))?.name ?? ''
          return priorities[name] === undefined || priorities[name] === field(fields, 'slave-priority')
        })
      },
      30_000,
    )
  }

  /** What was said, until it is done or failed. */
  async function delegate(from: string, to: string): Promise<StepOutcome[]> {
    const at = new Date(systemClock.now()).toISOString()
    const made = { epoch: 2, kind: 'Switchover', from, to, step: 'Delegating', by: 'a test', reason: 'a test' } as const
    const outcomes: StepOutcome[] = []
    await until(
      'the Sentinels are done',
      async () => {
        const outcome = await hands.delegate({
          target,
          switch: { ...made, stepSince: at, startedAt: at },
          look: await look(),
          lastSeen: undefined,
          clock: systemClock,
          mayWrite: () => true,
          signal,
        })
        outcomes.push(outcome)
        return outcome.kind !== 'waiting'
      },
      40_000,
    )
    return outcomes
  }

  /** The epoch of the first Sentinel's configuration grows by one with each. */
  async function failovers(): Promise<number> {
    const fields = (await sentinels.ask(0, 'SENTINEL', 'MASTER', MASTER)) as readonly string[]
    return Number(fields[fields.indexOf('config-epoch') + 1])
  }
})
