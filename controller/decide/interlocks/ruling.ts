// Short ways to write what an interlock says.
import type { Command, Judgement } from '../../model/command.ts'

export const allow = (interlock: string, why: string): Judgement => ({ ruling: { interlock, verdict: 'Allow', why } })
export const veto = (interlock: string, why: string): Judgement => ({ ruling: { interlock, verdict: 'Veto', why } })
export const reduce = (interlock: string, why: string, command: Command): Judgement => ({
  ruling: { interlock, verdict: 'Reduce', why },
  command,
})
