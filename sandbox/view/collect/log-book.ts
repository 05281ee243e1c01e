// The log: bounded, in the order of events, and nothing is told twice.
import type { LogKind, LogLine } from '../model.ts'

const LINES = 400
const KEYS = 4_000
/** What happens in the same millisecond is told in the order of cause and effect. */
const ORDER: Readonly<Record<LogKind, number>> = { saw: 0, trouble: 1, decided: 2, did: 3, note: 4 }

/** A line that may be new. */
export interface Draft {
  /** Epoch ms. */
  readonly at: number
  readonly kind: LogKind
  readonly service: string | undefined
  readonly text: string
  /** Two drafts with the same key tell the same event. Without one, the change itself shows that it is new. */
  readonly key?: string
}

export interface LogBook {
  add(drafts: readonly Draft[]): void
  /** Oldest first. */
  lines(): readonly LogLine[]
}

/** What happened before `since` is not told: it is history, not news. */
export function createLogBook(since: number): LogBook {
  const told = new Set<string>()
  let lines: readonly LogLine[] = []
  let nextId = 1
  return {
    add(drafts) {
      const fresh: LogLine[] = []
      for (const { key, ...draft } of drafts) {
        if (draft.at < since || (key !== undefined && told.has(key))) continue
        if (key !== undefined) remember(told, key)
        fresh.push({ id: nextId, ...draft })
        nextId += 1
      }
      if (fresh.length === 0) return
      lines = [...lines, ...fresh]
        .sort((a, b) => a.at - b.at || ORDER[a.kind] - ORDER[b.kind] || a.id - b.id)
        .slice(-LINES)
    },
    lines: () => lines,
  }
}

function remember(told: Set<string>, key: string): void {
  told.add(key)
  for (const oldest of told) {
    if (told.size <= KEYS) break
    told.delete(oldest)
  }
}
