// A group of two Redis members, and a switch of it from a to b, as the loop gives them to hands.
import type { MemberReading, SwitchContext } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC, type FailoverGroupSpec } from '../../../controller/model/failover-group.ts'
import { manualClock } from '../../runtime/manual-clock.ts'

export function aSpec(more: object = {}): FailoverGroupSpec {
  return FAILOVER_GROUP_SPEC.parse({
    mode: 'Enforce',
    method: { redis: {} },
    service: 'db',
    members: [{ name: 'a' }, { name: 'b' }],
    ...more,
  })
}

const SILENT: MemberReading = { name: 'a', reach: { kind: 'silent', why: 'nothing within 1 s' } }
export const ANSWERS: MemberReading = { name: 'a', reach: { kind: 'answers' }, role: 'Primary' }

export function aSwitch(
  more: Partial<SwitchContext> & { readonly spec?: object; readonly old?: MemberReading } = {},
): SwitchContext {
  const { spec, old = SILENT, ...rest } = more
  const at = '2026-01-01T00:00:00.000Z'
  return {
    target: { namespace: 'shop', name: 'db', spec: aSpec(spec), pods: {}, credentials: undefined },
    switch: {
      epoch: 2,
      kind: 'Failover',
      from: 'a',
      to: 'b',
      step: 'Fencing',
      stepSince: at,
      startedAt: at,
      by: 'evenkeel',
      reason: '',
    },
    look: { at: 0, members: [old, { name: 'b', reach: { kind: 'answers' }, role: 'Replica' }] },
    lastSeen: { at, pod: 'a', podUid: 'u1', containerId: 'c1' },
    clock: manualClock(),
    mayWrite: () => true,
    signal: new AbortController().signal,
    ...rest,
  }
}
