// One batch of questions for all Guards that ask the same server in the same shape: a query per signal, once per interval.
import type { Clock } from '../../model/clock.ts'
import type { Milliseconds } from '../../model/units.ts'
import type { Series } from './answer.ts'
import type { PrometheusApi } from './api.ts'
import { queryOf } from './query.ts'
import { ASKED, type GuardRows, type Row, rowOf, type SourceRows } from './rows.ts'
import { createMatcher, type LabelMatch, selectAny } from './selector.ts'
import type { PrometheusServer, PrometheusSpec } from './spec.ts'

/** A Guard in a batch. */
export interface Member {
  readonly match: LabelMatch
  readonly selects: (labels: Readonly<Record<string, string>>) => boolean
}

export interface Batch {
  join(match: LabelMatch): Member
  leave(member: Member): void
  readonly size: number
  /** The rows of a member: from the last asking while that is younger than an interval, else from a new one. Never rejects. */
  rowsOf(member: Member): Promise<GuardRows>
}

/** A turn comes an interval after the last, or a little sooner: then it is a new one all the same. */
const FRESH_SHARE = 0.9
/** Guards that come one by one wait so long for others, so that each new one does not ask for all. */
const LEAST_GAP_MS: Milliseconds = 250
/** Which members a label set belongs to is remembered for so many. */
const MOST_ROUTES = 100_000

interface Asking {
  readonly startedMs: Milliseconds
  readonly members: ReadonlySet<Member>
  readonly rows: Promise<ReadonlyMap<Member, GuardRows>>
  isOver: boolean
}

/** What all members of a batch have in common, as a key: credentials too, so that nobody is told what others may ask. */
export function shapeOf(spec: PrometheusSpec, server: PrometheusServer, match: LabelMatch): string {
  const { podLabel, intervalMs, timeoutMs, windowMs, rateWindowMs, sources } = spec
  const labels = Object.keys(match).sort()
  return JSON.stringify([server, podLabel, intervalMs, timeoutMs, windowMs, rateWindowMs, labels, sources])
}

/** For how long after its last sample a series still speaks. */
export function staleAfter({ intervalMs }: Pick<PrometheusSpec, 'intervalMs'>): Milliseconds {
  return STALE_INTERVALS * intervalMs
}
const STALE_INTERVALS = 4

export function createBatch(api: PrometheusApi, clock: Clock, spec: PrometheusSpec, server: PrometheusServer): Batch {
  const members = new Set<Member>()
  const routes = new Map<string, readonly Member[]>()
  let last: Asking | undefined

  async function ask(asked: readonly Member[]): Promise<ReadonlyMap<Member, GuardRows>> {
    const by = [...new Set([...Object.keys(asked[0]?.match ?? {}).sort(), spec.podLabel])]
    const matchers = selectAny(asked.map((member) => member.match))
    const answers = await Promise.all(
      ASKED.map((source) => {
        const query = queryOf(source, { ...spec, staleMs: staleAfter(spec) }, { matchers, by })
        return query === undefined ? undefined : api.query(server, query, spec.timeoutMs)
      }),
    )
    const rows = new Map<Member, SourceRows[]>(asked.map((member) => [member, []]))
    for (const answer of answers) {
      const sorted = new Map<Member, Row[]>()
      for (const series of answer?.kind === 'ok' ? answer.series : []) {
        const [point] = series.points
        if (point === undefined) continue
        const row = rowOf(series, point.value, spec.podLabel)
        for (const member of membersOf(series, by)) {
          const known = sorted.get(member)
          if (known === undefined) sorted.set(member, [row])
          else known.push(row)
        }
      }
      for (const [member, ofMember] of rows)
        ofMember.push(answer?.kind === 'ok' ? { kind: 'ok', rows: sorted.get(member) ?? NO_ROWS } : answer)
    }
    return rows
  }

  function membersOf({ labels }: Series, by: readonly string[]): readonly Member[] {
    const key = by.map((label) => labels[label] ?? '').join('\u0000')
    const known = routes.get(key)
    if (known !== undefined) return known
    const found = [...members].filter((member) => member.selects(labels))
    if (routes.size >= MOST_ROUTES) routes.clear()
    routes.set(key, found)
    return found
  }

  function begin(): Asking {
    const asked = new Set(members)
    const rows = ask([...asked])
    const asking = { startedMs: clock.monotonic(), members: asked, rows, isOver: false }
    void rows.then(() => {
      asking.isOver = true
    })
    last = asking
    return asking
  }

  return {
    get size() {
      return members.size
    },
    join(match) {
      const member = { match, selects: createMatcher(match) }
      members.add(member)
      routes.clear()
      return member
    },
    leave(member) {
      members.delete(member)
      routes.clear()
    },
    async rowsOf(member) {
      for (;;) {
        const ageMs = last === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() - last.startedMs
        if (last?.members.has(member)) {
          if (!last.isOver || ageMs < FRESH_SHARE * spec.intervalMs)
            return (await last.rows).get(member) ?? NOTHING_ASKED
        } else if (last !== undefined && !last.isOver) {
          await last.rows
          continue
        } else if (ageMs < LEAST_GAP_MS) {
          await clock.sleep(LEAST_GAP_MS - ageMs)
          continue
        }
        if (!members.has(member)) return NOTHING_ASKED
        return (await begin().rows).get(member) ?? NOTHING_ASKED
      }
    },
  }
}

const NO_ROWS: readonly Row[] = []
const NOTHING_ASKED: GuardRows = ASKED.map(() => ({ kind: 'failed', why: 'the observer was closed' }))
