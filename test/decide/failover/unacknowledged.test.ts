// Which failover a person has yet to look into: the last that nobody asked for, until its epoch is acknowledged.
import { expect, it } from 'vitest'
import { unacknowledgedEpoch } from '../../../controller/decide/failover/block.ts'
import type { FailoverGroupStatus, HistoryEntry } from '../../../controller/model/failover-group-status.ts'

const AT = '2026-01-01T12:00:00.000Z'
const entry = (change: Partial<HistoryEntry> = {}): HistoryEntry => ({
  epoch: 2,
  kind: 'Failover',
  from: 'db-0',
  to: 'db-1',
  startedAt: AT,
  endedAt: AT,
  outcome: 'Done',
  by: 'evenkeel',
  reason: 'r',
  ...change,
})

it.each<[string, FailoverGroupStatus, number | undefined, number | undefined]>([
  ['none was made', {}, undefined, undefined],
  ['one was made', { history: [entry()] }, undefined, 2],
  ['one failed half-way', { history: [entry({ outcome: 'Failed' })] }, undefined, 2],
  ['a Guard asked for it', { history: [entry({ by: 'Guard/checkout' })] }, undefined, 2],
  [
    'a Guard asked a well primary for it',
    { history: [entry({ kind: 'Switchover', by: 'Guard/checkout' })] },
    undefined,
    2,
  ],
  ['a Guard was refused it', { history: [entry({ outcome: 'Refused', by: 'Guard/checkout' })] }, undefined, undefined],
  ['a person asked for it', { history: [entry({ by: 'alice' })] }, undefined, undefined],
  ['nothing came of it', { history: [entry({ outcome: 'Abandoned' })] }, undefined, undefined],
  ['it was planned', { history: [entry({ kind: 'Switchover' })] }, undefined, undefined],
  ['it was switched back since', { history: [entry(), entry({ epoch: 3, kind: 'Failback' })] }, undefined, 2],
  ['its epoch is acknowledged', { history: [entry()] }, 2, undefined],
  ['another epoch is acknowledged', { history: [entry()] }, 1, 2],
  ['the one before is acknowledged', { history: [entry(), entry({ epoch: 5 })] }, 2, 5],
  [
    'it was acknowledged, and the annotation is gone',
    { history: [entry()], block: { epoch: 2, until: AT, acknowledgedAt: AT } },
    undefined,
    undefined,
  ],
  ['it blocks', { history: [entry()], block: { epoch: 2, until: AT } }, undefined, 2],
])('%s', (_, status, acknowledgedEpoch, epoch) => {
  expect(unacknowledgedEpoch({ status, acknowledgedEpoch })).toBe(epoch)
})
