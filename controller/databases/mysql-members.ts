// Where the server of a member is asked that speaks MySQL's protocol: its one pod, at the group's port.
import type { GroupTarget } from '../model/failover.ts'
import { type Place, placeOf } from './members.ts'
import type { MysqlServer } from './mysql.ts'

export type MysqlPlace = { readonly kind: 'server'; readonly server: MysqlServer; readonly podUid: string } | NoServer
type NoServer = Exclude<Place, { readonly kind: 'at' }>

export function mysqlPlaceOf(target: GroupTarget, member: string): MysqlPlace {
  const port = target.spec.method.mysql?.port
  if (port === undefined) return { kind: 'unknown', why: 'the method of the group is not mysql' }
  const place = placeOf(target, member)
  if (place.kind !== 'at') return place
  const server = { name: member, host: place.host, port, credentials: target.credentials }
  return { kind: 'server', server, podUid: place.pod.uid }
}
