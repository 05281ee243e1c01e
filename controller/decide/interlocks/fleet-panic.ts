// When most Guards are in trouble at once, suspect the observer: what is cheap to take back may be done, replicas, pods and primaries stay.
import type { Interlock } from '../../model/command.ts'
import { allow, veto } from './ruling.ts'

export const fleetPanic: Interlock = (_command, { remedy, direction }, { panic }) => {
  if (panic === undefined) return allow('fleet-panic', 'most Guards are well')
  return remedy === 'scale' || remedy === 'failover' || (remedy === 'isolate' && direction === 'up')
    ? veto('fleet-panic', `${panic}: rather the observer is wrong than all of them`)
    : allow('fleet-panic', `${panic}, but this is easily taken back`)
}
