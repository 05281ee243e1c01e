// After the clock jumped, no timer can be trusted for a while (the TILT mode of Redis Sentinel).
import type { Interlock } from '../../model/command.ts'
import { formatDuration } from '../../model/units.ts'
import { allow, veto } from './ruling.ts'

export const clockSteady: Interlock = (_command, _proposal, { now, clockUnsteadyUntil }) =>
  clockUnsteadyUntil <= now
    ? allow('clock', 'the clock runs steadily')
    : veto('clock', `the clock jumped; nothing is done for another ${formatDuration(clockUnsteadyUntil - now)}`)
