// The uids of the boards, by which they link to each other and Grafana updates them.
import { createHash } from 'node:crypto'
import { DASHBOARDS } from '../../controller/model/names.ts'

export const UIDS = DASHBOARDS

/** Grafana's own bound. */
const MOST_UID_CHARACTERS = 40

/** The uid of one Guard's own board. The hash tells shop-a/b from shop/a-b. */
export function guardUid(namespace: string, name: string): string {
  const hash = createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 8)
  const readable = `evenkeel-${namespace}-${name}`.replace(/[^a-zA-Z0-9-]/g, '-')
  return `${readable.slice(0, MOST_UID_CHARACTERS - 1 - hash.length)}-${hash}`
}

/** The service board of the Guard in a table's row. */
export const SERVICE_OF_ROW = `/d/${UIDS.service}?var-datasource=\${datasource}&var-namespace=\${__data.fields.namespace}&var-guard=\${__data.fields.guard}&\${__url_time_range}`
