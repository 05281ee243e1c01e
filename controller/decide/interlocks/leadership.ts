// Only the leader acts.
import type { Interlock } from '../../model/command.ts'
import { allow, veto } from './ruling.ts'

export const leadership: Interlock = (_command, _proposal, { isLeading }) =>
  isLeading ? allow('leadership', 'this replica leads') : veto('leadership', 'this replica does not hold the lease')
