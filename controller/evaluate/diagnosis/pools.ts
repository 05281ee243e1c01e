// A full connection pool is rarely the cause by itself: what the database, and whatever holds the connections, say about it.
import { describeCount } from '../../model/describe.ts'
import type { PodReading } from '../../model/resource.ts'
import type { Cause } from './causes.ts'
import type { Standings } from './diagnose.ts'

/** Sentences on the pools, when the cause has to do with them. */
export function tellOfPools(cause: Cause, standings: Standings, pods: readonly PodReading[]): string[] {
  const pool = standings.get('pool')
  const database = standings.get('database')
  const slow = standings.get('dependencySlow')
  const told: string[] = []
  if (cause === 'pool' && database?.level === 'free')
    told.push(`The database behind it has room: ${database.worst.amount}.`)
  const isHeld = (cause === 'pool' || cause === 'dependencySlow') && pool?.level === 'binds'
  if (isHeld && slow !== undefined && slow.level !== 'free')
    told.push(`Connections are held longer, since requests wait longer: ${slow.worst.amount}.`)
  if (cause === 'pool' || cause === 'database') told.push(...sumOfPools(pods, database?.worst.max))
  return told
}

/** What the replicas may open together, against what the database allows. */
function sumOfPools(pods: readonly PodReading[], most: number | undefined): string[] {
  const sizes = pods.flatMap(({ pool }) => pool?.max ?? [])
  const sum = sizes.reduce((all, one) => all + one, 0)
  if (most === undefined || sum <= most) return []
  return [
    `The pools of ${sizes.length} replicas may open ${describeCount(sum)} connections together; the database allows ${describeCount(most)}.`,
  ]
}
