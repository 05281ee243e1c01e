// Customers who ask a load balancer without pause, and remember who answered when.
import { Agent, request } from 'undici'
import { expect, vi } from 'vitest'
import type { Room } from './room.ts'

const WITHIN = { timeout: 30_000, interval: 20 }
const PAUSE_MS = 10

export interface Customers {
  /** When `pod` last answered, by performance.now(); undefined when it never did. */
  lastOf(pod: string): number | undefined
  /** Requests that were not answered with 200, as they were told. */
  readonly failures: readonly string[]
  /** Waits until there are `count` more answers of which `holds` is true, that is, until nothing else comes; returns who gave them. */
  until(count: number, holds: (answers: readonly string[]) => boolean): Promise<void>
  /** The share of `pod` in the next answers, of which it gives the first itself. */
  shareFromFirst(pod: string, count: number): Promise<number>
}

export function sendCustomers(room: Room, url: string): Customers {
  // A connection for each: an nginx that reloads closes kept ones, and whoever uses one just then must try again.
  const agent = new Agent({ pipelining: 0 })
  const ending = new AbortController()
  const answers: { readonly pod: string; readonly at: number }[] = []
  const failures: string[] = []

  async function ask(): Promise<void> {
    const startedAt = performance.now()
    try {
      const { statusCode, body } = await request(url, { dispatcher: agent, signal: AbortSignal.timeout(10_000) })
      const text = await body.text()
      if (statusCode === 200) answers.push({ pod: text, at: startedAt })
      else failures.push(`${statusCode} ${text}`)
    } catch (error) {
      failures.push(String(error))
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await ask()
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const running = run()
  room.defer(async () => {
    ending.abort()
    await running
    await agent.close()
  })

  return {
    lastOf: (pod) => answers.findLast((answer) => answer.pod === pod)?.at,
    failures,
    async until(count, holds) {
      const from = answers.length
      await vi.waitFor(() => {
        expect(answers.length - from).toBeGreaterThanOrEqual(count)
        const last = answers.slice(-count).map(({ pod }) => pod)
        expect(holds(last), `the last ${count} were answered by ${last.join(' ')}`).toBe(true)
      }, WITHIN)
    },
    async shareFromFirst(pod, count) {
      const from = answers.length
      const next = await vi.waitFor(() => {
        const first = answers.findIndex((answer, index) => index >= from && answer.pod === pod)
        const found = first === -1 ? [] : answers.slice(first, first + count)
        expect(found.length).toBe(count)
        return found
      }, WITHIN)
      return next.filter((answer) => answer.pod === pod).length / count
    },
  }
}
