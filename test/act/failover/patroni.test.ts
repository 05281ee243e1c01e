// The hands of method patroni: when Patroni is asked, when it is not asked again, and what is made of its answer.
import { describe, expect, it } from 'vitest'
import { createPatroniHands } from '../../../controller/act/failover/patroni.ts'
import type { Answered, PatroniClient, SwitchWish, WishAnswer } from '../../../controller/databases/patroni.ts'
import { PATRONI_CLUSTER, PATRONI_MEMBER } from '../../../controller/databases/patroni-words.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import type { GroupTarget, SwitchContext } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'

const AT = '2026-11-24T12:00:00.000Z'
const MEMBERS = ['a', 'b', 'c']
const TARGET: GroupTarget = {
  namespace: 'shop',
  name: 'db',
  spec: FAILOVER_GROUP_SPEC.parse({ method: { patroni: {} }, members: MEMBERS.map((name) => ({ name })) }),
  pods: Object.fromEntries(
    MEMBERS.map((name, index) => [
      name,
      [{ namespace: 'shop', name, uid: name, ip: `10.0.0.${index}`, ready: true, terminating: false }],
    ]),
  ),
  credentials: { username: 'evenkeel', password: 'hush' },
}

/** A Patroni whose leader key and answers the test sets. b is to take over from a. */
function rig(leader: string | undefined) {
  const state = { leader, role: 'replica', isPaused: false, mayWrite: true }
  const wishes: SwitchWish[] = []
  let answer: (one: Answered<WishAnswer>) => void = () => {}
  const client: PatroniClient = {
    member: async () => ({ kind: 'ok', value: PATRONI_MEMBER.parse({ state: 'running', role: state.role }) }),
    cluster: async () => ({
      kind: 'ok',
      value: PATRONI_CLUSTER.parse({
        members: MEMBERS.map((name) => ({ name, role: name === state.leader ? 'leader' : 'replica' })),
        pause: state.isPaused,
      }),
    }),
    config: async () => ({ kind: 'ok', value: {} }),
    wish: (_endpoint, wish) => {
      wishes.push(wish)
      return new Promise((resolve) => {
        answer = resolve
      })
    },
    async close() {},
  }
  const hands = createPatroniHands(client)
  const contextOf = (epoch: number): SwitchContext => ({
    target: TARGET,
    switch: {
      epoch,
      kind: 'Switchover',
      from: 'a',
      to: 'b',
      step: 'Delegating',
      stepSince: AT,
      startedAt: AT,
      by: 'a test',
      reason: 'a test',
    },
    look: { at: 0, members: [] },
    lastSeen: undefined,
    clock: systemClock,
    mayWrite: () => state.mayWrite,
    signal: new AbortController().signal,
  })
  return {
    state,
    wishes,
    ask: (epoch = 2) => hands.delegate(contextOf(epoch)),
    async says(one: Answered<WishAnswer>) {
      answer(one)
      await Promise.resolve()
    },
  }
}

describe('Patroni is asked', () => {
  it.each([
    ['to switch from the one that leads, which it holds to', 'a', { leader: 'a', candidate: 'b' }],
    ['to fail over where nobody leads', undefined, { leader: undefined, candidate: 'b' }],
  ])('%s', async (_, leader, wish) => {
    const { ask, wishes } = rig(leader)
    expect(await ask()).toEqual({ kind: 'waiting', why: 'Patroni is asked for b' })
    expect(wishes).toEqual([wish])
  })

  it('once, however often the step is asked for before it answers; and by the next epoch anew', async () => {
    const { ask, wishes } = rig('a')
    await ask()
    expect(await ask()).toEqual({ kind: 'waiting', why: 'Patroni was asked for b, and is at it' })
    expect(await ask()).toMatchObject({ kind: 'waiting' })
    expect(wishes).toHaveLength(1)
    await ask(3)
    expect(wishes).toHaveLength(2)
  })

  it.each([
    ['the one that is to lead does already', 'b', {}, 'waiting', /^Patroni has made b the leader, and promotes it$/],
    ['a third one leads', 'c', {}, 'failed', /^Patroni's leader is c, and not a/],
    ['it is paused', 'a', { isPaused: true }, 'failed', /^b is not asked for: Patroni is paused/],
    ['the switch is not ours any more', 'a', { mayWrite: false }, 'waiting', /^it is no longer ours/],
  ])('not when %s', async (_, leader, more, kind, why) => {
    const { ask, state, wishes } = rig(leader)
    Object.assign(state, more)
    expect(await ask()).toEqual({ kind, why: expect.stringMatching(why) })
    expect(wishes).toEqual([])
  })
})

describe('what it answers', () => {
  it.each([
    [{ kind: 'ok', value: { status: 412, text: 'no' } }, 'failed', 'Patroni refuses (HTTP 412: no)'],
    [{ kind: 'ok', value: { status: 503, text: '' } }, 'failed', 'Patroni refuses (HTTP 503)'],
    [{ kind: 'ok', value: { status: 200, text: 'it did' } }, 'waiting', /HTTP 200: it did, which does not show yet$/],
    [{ kind: 'ok', value: { status: 302, text: '' } }, 'failed', /is a redirect, which is not followed/],
    [{ kind: 'ok', value: { status: 401, text: 'who?' } }, 'failed', /does not accept the credentials/],
    [
      { kind: 'silent', why: 'no answer within 30 s' },
      'failed',
      /did not say what became of it: no answer within 30 s$/,
    ],
  ] satisfies [Answered<WishAnswer>, string, string | RegExp][])(
    '%o is told, and then it is asked again',
    async (said, kind, why) => {
      const { ask, says, wishes } = rig('a')
      await ask()
      await says(said)
      expect(await ask()).toEqual({ kind, why: typeof why === 'string' ? why : expect.stringMatching(why) })
      expect(wishes).toHaveLength(1)
      expect(await ask()).toEqual({ kind: 'waiting', why: 'Patroni is asked for b' })
      expect(wishes).toHaveLength(2)
    },
  )

  it('counts for nothing beside what is seen: done is done when the new leader says that it is a primary', async () => {
    const { ask, says, state, wishes } = rig('a')
    await ask()
    await says({ kind: 'ok', value: { status: 503, text: 'Switchover status unknown' } })
    state.leader = 'b'
    expect(await ask()).toMatchObject({ kind: 'waiting' })
    state.role = 'master'
    expect(await ask()).toEqual({ kind: 'done' })
    expect(await ask()).toEqual({ kind: 'done' })
    expect(wishes).toHaveLength(1)
  })
})
