// What is seen of a Patroni cluster, judged by the rules: when Patroni is waited for, when it is asked, and when it is followed.
import { describe, expect, it } from 'vitest'
import type { Answered } from '../../../controller/databases/patroni.ts'
import { PATRONI_CLUSTER, PATRONI_MEMBER, type PatroniMember } from '../../../controller/databases/patroni-words.ts'
import { judgeGroup } from '../../../controller/decide/failover/judge.ts'
import { freshMemory } from '../../../controller/decide/failover/memory.ts'
import type { GroupDecision } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import type { FailoverGroupStatus } from '../../../controller/model/failover-group-status.ts'
import { GROUP_CONDITIONS } from '../../../controller/model/names.ts'
import { createPatroniObserver } from '../../../controller/observe/failover/patroni.ts'

const START = Date.parse('2026-11-24T12:00:00Z')
const NAMES = ['a', 'b', 'c']
const SILENT = { kind: 'silent', why: 'no answer within 2 s' } as const
const STATUS: FailoverGroupStatus = {
  active: 'a',
  epoch: 1,
  lastSeen: { at: new Date(START).toISOString(), position: 1000 },
}

/** A group whose primary a is lost at once: who has the leader key is up to the test, and b and c go on answering. */
function lostPrimary() {
  let nowMs = 0
  let memory = freshMemory(STATUS, START)
  const state: { leader: string | undefined } = { leader: 'a' }
  const saying = (name: string): Answered<PatroniMember> => {
    if (name === 'a') return SILENT
    const xlog = state.leader === name ? { location: 1000 } : { received_location: name === 'b' ? 900 : 990 }
    const role = state.leader === name ? 'master' : 'replica'
    return { kind: 'ok', value: PATRONI_MEMBER.parse({ state: 'running', role, timeline: 1, xlog }) }
  }
  const cluster = () => PATRONI_CLUSTER.parse({ members: NAMES.map((name) => ({ name, role: roleOf(name), lag: 0 })) })
  const roleOf = (name: string) => (name === state.leader ? 'leader' : 'replica')
  const clock = { now: () => START + nowMs, monotonic: () => nowMs, sleep: () => Promise.reject(new Error('no sleep')) }
  const observer = createPatroniObserver(clock, {
    member: async ({ member }) => saying(member),
    cluster: async ({ member }) => (member === 'a' ? SILENT : { kind: 'ok', value: cluster() }),
    config: async ({ member }) => (member === 'a' ? SILENT : { kind: 'ok', value: {} }),
    wish: async () => SILENT,
    async close() {},
  })
  const spec = FAILOVER_GROUP_SPEC.parse({
    mode: 'Enforce',
    method: { patroni: {} },
    members: NAMES.map((name) => ({ name })),
    downAfter: '5s',
  })
  const pods = Object.fromEntries(
    NAMES.map((name) => [
      name,
      [{ namespace: 'shop', name, uid: name, ip: '10.0.0.1', ready: true, terminating: false }],
    ]),
  )

  async function tick(): Promise<GroupDecision> {
    nowMs += 1_000
    const target = { namespace: 'shop', name: 'db', spec, pods, credentials: undefined }
    const look = { at: clock.now(), ...(await observer.look(target, new AbortController().signal)) }
    const decision = judgeGroup({
      spec,
      status: STATUS,
      look,
      memory,
      now: clock.now(),
      isLeading: true,
      clockUnsteadyUntil: 0,
      panic: undefined,
      acknowledgedEpoch: undefined,
      request: undefined,
      isDrillDue: false,
    })
    memory = decision.memory
    return decision
  }
  return {
    state,
    async ticks(seconds: number) {
      const decisions: GroupDecision[] = []
      for (let one = 0; one < seconds; one++) decisions.push(await tick())
      return decisions
    },
  }
}

const kinds = (decisions: readonly GroupDecision[]) => [...new Set(decisions.map(({ step }) => step.kind))]
const conditionOf = ({ conditions }: GroupDecision, type: string) => conditions.find((one) => one.type === type)

describe('a primary under Patroni that does not answer', () => {
  it('is waited for as long as it has the leader key, and nobody is paged for it', async () => {
    const { ticks } = lostPrimary()
    const decisions = await ticks(60)
    expect(kinds(decisions)).toEqual(['none'])
    for (const decision of decisions) {
      expect(conditionOf(decision, GROUP_CONDITIONS.available)?.status).toBe('Unknown')
      expect(conditionOf(decision, GROUP_CONDITIONS.refused)?.status).not.toBe('True')
    }
  })

  it('is followed by the best standby, by our asking, once nobody has had the key for downAfter', async () => {
    const { ticks, state } = lostPrimary()
    await ticks(30)
    state.leader = undefined
    expect(kinds(await ticks(5))).toEqual(['none'])
    const [decision] = await ticks(1)
    expect(decision).toMatchObject({ verdict: 'act', step: { kind: 'begin', plan: { kind: 'Failover', to: 'c' } } })
  })

  it('is followed by whom Patroni promotes, which is adopted', async () => {
    const { ticks, state } = lostPrimary()
    await ticks(30)
    state.leader = undefined
    await ticks(3)
    state.leader = 'b'
    const [decision] = await ticks(1)
    expect(decision).toMatchObject({ verdict: 'act', step: { kind: 'adopt', active: 'b', how: 'Manager' } })
  })

  it('is waited for anew when the key was lost, and is held again', async () => {
    const { ticks, state } = lostPrimary()
    state.leader = undefined
    await ticks(4)
    state.leader = 'a'
    await ticks(1)
    state.leader = undefined
    expect(kinds(await ticks(5))).toEqual(['none'])
    expect(kinds(await ticks(1))).toEqual(['begin'])
  })
})
