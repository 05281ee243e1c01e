// All boards: one for any service, the fleet, the ledger, Evenkeel itself, FailoverGroups, and one for each Guard that is given.
import { evenkeelBoard } from './boards/evenkeel.ts'
import { failoverBoard } from './boards/failover.ts'
import { fleetBoard } from './boards/fleet.ts'
import type { BoardOptions, KnownGuard } from './boards/options.ts'
import { reliabilityBoard } from './boards/reliability.ts'
import { guardBoard, serviceBoard } from './boards/service.ts'
import type { Board } from './kit/board.ts'

export function boards(options: BoardOptions, guards: readonly KnownGuard[] = []): Board[] {
  return [...sharedBoards(options), ...guards.map((guard) => guardBoard(guard, options))]
}

/** Those that need no Guard to be known. */
export function sharedBoards(options: BoardOptions): Board[] {
  return [
    serviceBoard(options),
    fleetBoard(options),
    reliabilityBoard(options),
    evenkeelBoard(options),
    failoverBoard(options),
  ]
}
