// The table of `evenkeel status`, and the columns it is set in.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns } from '../../controller/cli/columns.ts'
import { statusTable } from '../../controller/cli/status.ts'
import type { GuardStatus } from '../../controller/model/guard-status.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const at = new Date(NOW - 65_000).toISOString()

const guard = (name: string, status?: GuardStatus | Record<string, unknown>, mode?: string) => ({
  metadata: { namespace: 'shop', name },
  spec: mode === undefined ? {} : { mode },
  ...(status === undefined ? {} : { status }),
})

/** Column → value of each row. */
function rowsOf(table: string): Record<string, string>[] {
  const [header = '', ...lines] = table.split('\n')
  const starts = [...header.matchAll(/\S+(?: \S+)*/g)].map((found) => [found[0], found.index] as const)
  return lines.map((line) =>
    Object.fromEntries(starts.map(([name, from], i) => [name, line.slice(from, starts[i + 1]?.[1]).trim()])),
  )
}

function rowOf(one: unknown): Record<string, string> {
  const [row] = rowsOf(statusTable([one], NOW))
  if (row === undefined) throw new Error('the table has no row')
  return row
}

const condition = (type: string, status: 'True' | 'False' | 'Unknown', reason = 'X') => ({
  type,
  status,
  reason,
  message: 'm',
  lastTransitionTime: at,
})

const CIRCUIT: NonNullable<GuardStatus['circuit']> = {
  state: 'HalfOpen',
  mode: 'Auto',
  judged: 'HalfOpen',
  since: at,
  trips: 1,
  inARow: 1,
  causes: ['cpu'],
  letThrough: 0.1,
  reason: 'r',
}

describe('a Guard on a line', () => {
  it('shows mode, health, signals, replicas, incident and the last decision with its age', () => {
    const status: GuardStatus = {
      conditions: [condition('Healthy', 'False', 'LimitBreached')],
      signals: {
        rps: { value: 1840, text: '1,840 req/s' },
        errors: { value: 0.072, text: '7.2 %' },
        latencyP99: { text: 'unknown', why: 'x' },
        latencyP50: { value: 1, text: '1,000 ms' },
        cpu: { value: 0.95, text: '95 %' },
      },
      replicas: { wanted: 4, ready: 3 },
      circuit: CIRCUIT,
      incident: 'checkout-abc',
      lastDecision: { at, verdict: 'Vetoed', summary: 's', reasons: [], interlocks: [] },
    }
    expect(rowOf(guard('checkout', status, 'Enforce'))).toEqual({
      NAMESPACE: 'shop',
      GUARD: 'checkout',
      MODE: 'Enforce',
      HEALTHY: 'No (LimitBreached)',
      RPS: '1,840 req/s',
      ERRORS: '7.2 %',
      P99: 'unknown',
      CPU: '95 %',
      POOL: '-',
      QUEUE: '-',
      REPLICAS: '3/4',
      CIRCUIT: 'HalfOpen',
      INCIDENT: 'checkout-abc',
      'LAST DECISION': 'Vetoed 1 m 5 s ago',
    })
  })

  it('shows beside the replicas how many pods are out', () => {
    const one = { uid: 'u', since: at, until: at, ejections: 1, why: 'it fails' }
    const isolations = [
      { ...one, pod: 'a', phase: 'Out' as const },
      { ...one, pod: 'b', phase: 'Trial' as const },
    ]
    expect(rowOf(guard('checkout', { replicas: { wanted: 4, ready: 3 }, isolations })).REPLICAS).toBe('3/4 (1 out)')
  })

  it.each([
    ['no status yet', undefined],
    ['a status that is not understood', { conditions: 'none' }],
  ])('with %s shows a dash for all that is not known', (_, status) => {
    const { NAMESPACE, GUARD, MODE, ...rest } = rowOf(guard('cart', status))
    expect([NAMESPACE, GUARD, MODE]).toEqual(['shop', 'cart', 'Observe'])
    expect(new Set(Object.values(rest))).toEqual(new Set(['-']))
  })

  it.each<[string, NonNullable<GuardStatus['conditions']>]>([
    ['Yes', [condition('Accepted', 'True'), condition('Healthy', 'True')]],
    ['No (Recovering)', [condition('Healthy', 'False', 'Recovering')]],
    ['Unknown (NotSeen)', [condition('Healthy', 'Unknown', 'NotSeen')]],
    ['Exhausted', [condition('Healthy', 'False'), condition('Exhausted', 'True')]],
    ['Refused', [condition('Accepted', 'False'), condition('Healthy', 'Unknown'), condition('Exhausted', 'Unknown')]],
  ])('says %s for its conditions', (text, conditions) => {
    expect(rowOf(guard('cart', { conditions })).HEALTHY).toBe(text)
  })
})

describe('the circuit of a Guard', () => {
  it.each<[string, Partial<typeof CIRCUIT>]>([
    ['Open', { state: 'Open', judged: 'Open' }],
    ['Open (forced)', { state: 'Open', judged: 'Open', mode: 'ForcedOpen' }],
    ['Closed (forced)', { state: 'Closed', judged: 'Closed', mode: 'ForcedClosed' }],
    ['Closed (would be Open)', { state: 'Closed', judged: 'Open', mode: 'MetricsOnly' }],
    ['Closed (metrics only)', { state: 'Closed', judged: 'Closed', mode: 'MetricsOnly' }],
  ])('is shown as %s', (text, changes) => {
    expect(rowOf(guard('cart', { circuit: { ...CIRCUIT, ...changes } })).CIRCUIT).toBe(text)
  })
})

describe('the table', () => {
  it('is sorted by namespace and name', () => {
    const elsewhere = { metadata: { namespace: 'aaa', name: 'zzz' }, spec: {} }
    const rows = rowsOf(statusTable([guard('cart'), guard('browse'), elsewhere], NOW))
    expect(rows.map((row) => row.GUARD)).toEqual(['zzz', 'browse', 'cart'])
  })

  it('says so when there is none', () => {
    expect(statusTable([], NOW)).toBe('No Guards found.')
  })
})

describe('columns', () => {
  it('are as wide as their widest cell, three spaces apart', () => {
    expect(columns([['a', 'bbb', 'c'], ['aaaa', 'b'], []])).toEqual(['a      bbb   c', 'aaaa   b', ''])
  })

  it('of no rows are no lines', () => {
    expect(columns([])).toEqual([])
  })

  it('start at the same place in every row, and no line ends in a space', () => {
    const cell = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() === text && !/\s{2}/.test(text))
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = columns(rows)
        const second = Math.max(...rows.map(([first]) => first.length)) + 3
        const third = second + Math.max(...rows.map(([, cell]) => cell.length)) + 3
        for (const [index, line] of lines.entries()) {
          expect(line.slice(second).startsWith(rows[index]?.[1] ?? '?')).toBe(true)
          expect(line.slice(third)).toBe(rows[index]?.[2])
        }
      }),
    )
  })
})
