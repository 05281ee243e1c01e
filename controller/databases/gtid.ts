// MariaDB's global transaction ids, as in 0-1-105: replication domain, server that wrote it, sequence number within the domain.

export interface Gtid {
  readonly domain: number
  readonly server: number
  readonly sequence: number
}

/** What a server says about itself, as in "0-1-105,0-2-99". Throws TypeError for anything else. */
export function parseGtids(text: string): readonly Gtid[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const [, domain, server, sequence] = /^(\d+)-(\d+)-(\d+)$/.exec(one) ?? []
      if (domain === undefined || server === undefined || sequence === undefined)
        throw new TypeError(`"${one}" is no GTID of MariaDB, like 0-1-105`)
      return { domain: Number(domain), server: Number(server), sequence: Number(sequence) }
    })
}

/** The last of each domain: where a server is. */
export function lastOf(gtids: readonly Gtid[]): readonly Gtid[] {
  const last = new Map<number, Gtid>()
  for (const gtid of gtids) {
    if (gtid.sequence >= (last.get(gtid.domain)?.sequence ?? 0)) last.set(gtid.domain, gtid)
  }
  return [...last.values()]
}

export function formatGtids(gtids: readonly Gtid[]): string {
  return gtids.map(({ domain, server, sequence }) => `${domain}-${server}-${sequence}`).join(',')
}

/** How many transactions there are up to here: a number in which members of one group can be compared. */
export function countOf(gtids: readonly Gtid[]): number {
  return lastOf(gtids).reduce((sum, { sequence }) => sum + sequence, 0)
}

/**
 * Those among the last of `mine` that `theirs` does not have. Within a domain a server's own transactions are had in their
 * order, so that a later one by the same server says that an earlier one is there.
 */
export function missingFrom(theirs: readonly Gtid[], mine: readonly Gtid[]): readonly Gtid[] {
  return lastOf(mine).filter(
    (gtid) => !theirs.some((other) => isSameStream(other, gtid) && other.sequence >= gtid.sequence),
  )
}

/** How many transactions `mine` has beyond the point where the two part. */
export function countMissing(theirs: readonly Gtid[], mine: readonly Gtid[]): number {
  return missingFrom(theirs, mine).reduce((sum, gtid) => {
    const shared = theirs.filter((one) => isSameStream(one, gtid))
    const before = mine.filter((one) => one.domain === gtid.domain && one.server !== gtid.server)
    const parted = [...shared, ...before].reduce((most, { sequence }) => Math.max(most, sequence), 0)
    return sum + gtid.sequence - Math.min(parted, gtid.sequence - 1)
  }, 0)
}

function isSameStream(one: Gtid, other: Gtid): boolean {
  return one.domain === other.domain && one.server === other.server
}
