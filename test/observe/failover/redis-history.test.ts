// Whose data is whose among Redis members, in tables.
import { describe, expect, it } from 'vitest'
import type { RedisState } from '../../../controller/databases/redis-state.ts'
import { type History, judgeHistories } from '../../../controller/observe/failover/redis-history.ts'
import type { Sight } from '../../../controller/observe/failover/redis-reading.ts'

const BASE: RedisState = {
  role: 'Replica',
  runId: 'run',
  replId: 'A',
  replId2: '0',
  position: 100,
  follows: undefined,
  isLinked: true,
  silentSeconds: 0,
  isSyncing: false,
  isReadOnly: true,
  priority: 100,
  isLoading: false,
  replicas: 0,
  goodReplicas: 0,
  hasConfigFile: false,
  diskFault: undefined,
}

function primary(name: string, state: Partial<RedisState> = {}): Sight {
  const all = { ...BASE, role: 'Primary', ...state } as const
  const starves = { replicas: 1, afterMs: 3_000 }
  return {
    state: all,
    reading: {
      name,
      reach: { kind: 'answers' },
      role: 'Primary',
      replicas: all.replicas,
      starves,
      position: all.position,
    },
  }
}

function replica(name: string, state: Partial<RedisState> = {}, follows = 'a'): Sight {
  const all = { ...BASE, ...state }
  return { state: all, reading: { name, reach: { kind: 'answers' }, role: 'Replica', follows, position: all.position } }
}

const silent = (name: string): Sight => ({ reading: { name, reach: { kind: 'silent', why: 'no answer' } } })
const OF_A: History = { member: 'a', instance: 'run', replIds: ['A', '0'] }

function judge(before: History | undefined, ...sights: Sight[]) {
  const { members, history } = judgeHistories(sights, before)
  return { history, of: (name: string) => members.find((one) => one.name === name) }
}

describe('a history', () => {
  it('is the one that a primary shares with a replica', () => {
    expect(judge(undefined, primary('a'), replica('b')).history).toEqual(OF_A)
    expect(judge(OF_A, primary('b', { replId: 'B', replId2: 'A', runId: 'other' }), replica('c')).history).toEqual({
      member: 'b',
      instance: 'other',
      replIds: ['B', 'A'],
    })
  })

  it('is kept while nobody, or more than one, says that it is the primary', () => {
    expect(judge(OF_A, silent('a'), replica('b')).history).toEqual(OF_A)
    expect(judge(OF_A, primary('a', { replId: 'X' }), primary('b', { replId: 'Y' })).history).toEqual(OF_A)
  })

  it('makes a replica of another one unfit, also when the primary is gone', () => {
    const { of } = judge(OF_A, silent('a'), replica('b'), replica('c', { replId: 'C' }))
    expect(of('b')?.unfit).toBeUndefined()
    expect(of('c')?.unfit).toBe('its data is not of the history of a')
  })
})

describe('a primary that has restarted', () => {
  const restarted = (state: Partial<RedisState>) =>
    primary('a', { runId: 'second', replId: 'N', position: 0, ...state })

  it('has lost what a replica still has', () => {
    const { of, history } = judge(OF_A, restarted({}), replica('b', { isLinked: false }), replica('c', { position: 0 }))
    expect(of('a')?.lost).toBe('it has restarted without the data that b still has')
    expect(history).toEqual(OF_A)
  })

  it('has lost nothing when it goes on where its replicas are', () => {
    const { of } = judge(OF_A, restarted({ replId2: 'A', position: 120 }), replica('b'))
    expect(of('a')).not.toHaveProperty('lost')
  })

  it('has lost what a replica has beyond it', () => {
    expect(judge(OF_A, restarted({ replId2: 'A', position: 80 }), replica('b')).of('a')?.lost).toContain(
      'that b still has',
    )
  })

  it('is what they follow once they all have taken over its data', () => {
    const { of, history } = judge(OF_A, restarted({}), replica('b', { replId: 'N' }), silent('c'))
    expect(of('a')).not.toHaveProperty('lost')
    expect(history).toMatchObject({ instance: 'second', replIds: ['N', '0'] })
  })

  it('is not judged by those who know nothing of it', () => {
    expect(judge(undefined, restarted({}), replica('b')).of('a')).not.toHaveProperty('lost')
  })
})

describe('replicas that are no members', () => {
  it.each([
    { replicas: 2, starvesBelow: 1 },
    { replicas: 3, starvesBelow: 0 },
    { replicas: 5, starvesBelow: 0 },
  ])('with $replicas of them all and two of its own, a primary starves below $starvesBelow of its own', (given) => {
    const { of } = judge(undefined, primary('a', { replicas: given.replicas }), replica('b'), silent('c'))
    expect(of('a')?.starves).toEqual({ replicas: given.starvesBelow, afterMs: 3_000 })
  })
})
