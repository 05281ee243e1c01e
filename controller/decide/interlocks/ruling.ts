// Short ways to write what an interlock says.
import type { Command, Judgement, Proposal } from '../../model/command.ts'

export const allow = (interlock: string, why: string): Judgement => ({ ruling: { interlock, verdict: 'Allow', why } })
export const veto = (interlock: string, why: string): Judgement => ({ ruling: { interlock, verdict: 'Veto', why } })
export const reduce = (interlock: string, why: string, command: Command): Judgement => ({
  ruling: { interlock, verdict: 'Reduce', why },
  command,
})

/** A pod that is given back is one more that is used: what keeps others from doing too much does not keep it. */
export const isGivingBack = ({ remedy, direction }: Proposal): boolean => remedy === 'isolate' && direction === 'down'
