// Rehearsals and conditions: what is told of a group while nothing fails.
import { describe, expect, it } from 'vitest'
import {
  ago,
  BLOCKED,
  CALM,
  type Case,
  conditionOf,
  DOWN,
  entry,
  judge,
  lost,
  mute,
  primary,
  replica,
  STATUS,
  said,
  underWay,
  WELL,
} from './group.ts'

describe('a rehearsal', () => {
  const drill = (mode: string) => ({ drill: { cron: '0 3 * * *', mode } })
  const half = entry({ kind: 'Drill', by: 'drill', from: 'db-1', to: 'db-0', endedAt: ago(1000) })
  it.each<[string, Case, string]>([
    ['passes when a failover would be possible', { spec: drill('Observe') }, 'drill passed'],
    [
      'fails when it would not',
      { spec: drill('Observe'), members: [primary('db-0'), lost('db-1'), lost('db-2')] },
      'drill failed',
    ],
    ['switches in mode Enforce', { spec: drill('Enforce') }, 'begin Drill db-1'],
    [
      'fails in mode Enforce when a rule stands against it',
      { spec: drill('Enforce'), status: BLOCKED },
      'drill failed',
    ],
    [
      'fails in mode Enforce of a group that only observes',
      { spec: { ...drill('Enforce'), mode: 'Observe' } },
      'drill failed',
    ],
    ['waits for a primary that is well', { spec: drill('Observe'), members: DOWN, memory: CALM }, 'none'],
    ['goes back', { spec: drill('Enforce'), status: { ...STATUS, history: [half] } }, 'begin Drill db-1'],
    [
      'waits for who is to be gone back to',
      {
        spec: drill('Enforce'),
        status: { ...STATUS, history: [half] },
        members: [primary('db-0'), replica('db-1', { link: 'Down' }), replica('db-2')],
      },
      'none',
    ],
    [
      'passes when it is back',
      { spec: drill('Enforce'), status: { ...STATUS, history: [half, { ...half, from: 'db-0', to: 'db-1' }] } },
      'drill passed',
    ],
    [
      'fails when its first half did',
      { spec: drill('Enforce'), status: { ...STATUS, history: [{ ...half, outcome: 'Abandoned' }] } },
      'drill failed',
    ],
    [
      'fails when another switch came between',
      { spec: drill('Enforce'), status: { ...STATUS, history: [half, entry({ to: 'db-0' })] } },
      'drill failed',
    ],
    [
      'fails when it does not get back',
      {
        spec: drill('Enforce'),
        status: { ...STATUS, history: [{ ...half, endedAt: ago(600_001) }] },
        members: [primary('db-0'), lost('db-1'), replica('db-2')],
      },
      'drill failed',
    ],
  ])('%s', (_what, input, expected) => {
    expect(said(judge({ isDrillDue: true, ...input }))).toBe(expected)
  })

  it('that is recorded is over', () => {
    const status = {
      ...STATUS,
      history: [half],
      drill: { at: ago(500), mode: 'Enforce' as const, passed: true, message: '' },
    }
    expect(said(judge({ spec: drill('Enforce'), status }))).toBe('none')
  })
})

describe('the conditions', () => {
  it.each<[string, Case, string, string]>([
    ['all is well', {}, 'Available', 'True PrimaryWell'],
    ['all is well', {}, 'FailoverReady', 'True Ready'],
    ['all is well', {}, 'Observed', 'True AllAsked'],
    ['all is well', {}, 'FailoverRefused', 'False NotRefused'],
    ['all is well', {}, 'RecoveryBlocked', 'False NotBlocked'],
    [
      'a member is unknown',
      { members: [primary('db-0'), replica('db-1'), lost('db-2', 'unknown')] },
      'Observed',
      'False NotAsked',
    ],
    [
      'the primary is unknown',
      { members: [lost('db-0', 'unknown'), ...WELL.slice(1)] },
      'Available',
      'Unknown NotAsked',
    ],
    [
      'the primary is unknown',
      { members: [lost('db-0', 'unknown'), ...WELL.slice(1)] },
      'FailoverRefused',
      'Unknown NotAsked',
    ],
    ['the primary is lost', { members: DOWN, memory: CALM }, 'Available', 'False PrimaryDown'],
    [
      'the primary takes no writes',
      { members: [primary('db-0', { isWritable: false }), ...WELL.slice(1)] },
      'Available',
      'False NotWritable',
    ],
    [
      'no standby answers',
      { members: [primary('db-0'), lost('db-1'), lost('db-2')] },
      'FailoverReady',
      'False NoCandidate',
    ],
    [
      'the primary takes writes without replicas',
      { members: [mute(primary('db-0'), 'starves'), ...WELL.slice(1)] },
      'FailoverReady',
      'False RuleAgainst',
    ],
    [
      'it would come back with writes',
      {
        spec: { method: { mysql: {} } },
        members: [primary('db-0', { returnsWritable: 'read_only is not in its configuration' }), ...WELL.slice(1)],
      },
      'FailoverReady',
      'False RuleAgainst',
    ],
    ['it is blocked', { status: BLOCKED }, 'FailoverReady', 'False RecoveryBlocked'],
    ['it is blocked', { status: BLOCKED }, 'RecoveryBlocked', 'True NotAcknowledged'],
    ['a failover is vetoed by a panic', { members: DOWN, panic: 'x' }, 'FailoverRefused', 'True ObserverSuspected'],
    [
      'a failover is tried again',
      { members: DOWN, status: { ...STATUS, switch: underWay(), history: [entry({ outcome: 'Abandoned' })] } },
      'FailoverRefused',
      'True Retrying',
    ],
  ])('when %s', (_what, input, type, expected) => {
    expect(conditionOf(judge(input), type)).toBe(expected)
  })
})
