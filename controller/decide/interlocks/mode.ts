// The Guard's mode: only Enforce may write.
import type { Interlock } from '../../model/command.ts'
import { allow, veto } from './ruling.ts'

export const mode: Interlock = (_command, _proposal, facts) =>
  facts.mode === 'Enforce' ? allow('mode', 'the mode is Enforce') : veto('mode', `the mode is ${facts.mode}`)
