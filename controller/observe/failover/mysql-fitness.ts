// Whether a MariaDB server may be what the others follow.
import { countMissing, missingFrom } from '../../databases/gtid.ts'
import type { MariadbState } from '../../databases/mariadb.ts'

/** Why it would take writes after a restart, whoever is the primary by then. Undefined as well when that can't be told. */
export function returnsWritable(readOnlyAtStart: boolean | undefined): string | undefined {
  return readOnlyAtStart === false ? 'read_only=ON belongs in its configuration, and it started without' : undefined
}

/** Why it must not be what the others follow; the first reason. */
export function unfitOf(state: MariadbState, others: readonly MariadbState[]): string | undefined {
  const [missing] = state.missingSettings
  if (missing !== undefined) return `${missing} is off: the others could not follow it safely`
  const [source, second] = state.sources
  if (source === undefined) return undefined
  if (second !== undefined || source.name !== '') return 'it replicates over a connection with a name'
  if (!state.readOnly) return 'it takes writes though it is a replica: set read_only'
  if (!source.usesGtid) return 'it replicates without GTIDs: CHANGE MASTER TO MASTER_USE_GTID=slave_pos'
  if (source.filters !== '') return `it does not replicate everything: ${source.filters}`
  if (source.delayS > 0) return `it is kept ${source.delayS} s behind on purpose`
  if (!source.applies) return `it applies nothing: ${source.applyError || 'its SQL thread was stopped'}`
  return errantOf(state, others)
}

/** Transactions that a replica wrote itself, and that nobody else who answers has. */
function errantOf(state: MariadbState, others: readonly MariadbState[]): string | undefined {
  if (others.length === 0) return undefined
  const known = others.flatMap((other) => other.known)
  const own = missingFrom(known, state.position).filter(({ server }) => server === state.serverId)
  if (own.length === 0) return undefined
  return `it has ${countMissing(known, state.known)} transactions of its own that no other member has: rebuild it`
}
