// A decision as the arbiter makes it, for the tests of what is told about one.
import type { Command, Decision, Ruling } from '../../controller/model/command.ts'

export const SCALE_UP: Command = {
  kind: 'scale',
  target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
  from: 2,
  to: 4,
  resourceVersion: '7',
}

export const LEADS: Ruling = { interlock: 'leadership', verdict: 'Allow', why: 'this replica leads' }
export const TOO_SOON: Ruling = { interlock: 'cooldown', verdict: 'Veto', why: 'the last act was 3 s ago' }
export const OBSERVES: Ruling = { interlock: 'mode', verdict: 'Veto', why: 'the mode is Observe' }

/** Scales shop/checkout from 2 to 4 unless told otherwise. */
export function aDecision(more: Partial<Decision> = {}): Decision {
  return {
    at: Date.UTC(2026, 0, 1),
    proposal: {
      remedy: 'scale',
      direction: 'up',
      from: 2,
      to: 4,
      reasons: ['CPU is 95 %, over its limit of 90 %: asks for 4', 'Load is 900 req/s'],
    },
    command: SCALE_UP,
    verdict: 'act',
    rulings: [LEADS],
    ...more,
  }
}
