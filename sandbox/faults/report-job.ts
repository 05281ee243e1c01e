// A report job gone wrong: takes connections of the database until nearly none is left, and runs long statements on each.
import { z } from 'zod'
import { callOk } from '../shop/common/call.ts'
import { connectDatabase, type DatabaseConnection } from '../shop/common/database-client.ts'
import type { Hold } from './hold.ts'
import type { PodAccess } from './pod-faults.ts'

const HTTP_PORT = 8080
/** What it leaves to the shop. */
const LEFT = 2
const CONNECT_TIMEOUT_MS = 1_000
const REPORT_TIMEOUT_MS = 60_000
/** How long one round of taking connections lasts; the next one follows. */
const ROUND_MS = 400
const RETRY_MS = 15

const LIMITS = z.object({ max: z.number() })

export function createReportJob({ podsOf }: PodAccess): Hold {
  const held = new Set<DatabaseConnection>()

  async function work(connection: DatabaseConnection): Promise<void> {
    try {
      while (connection.isOpen()) await connection.query('report', REPORT_TIMEOUT_MS)
    } catch {
      // Closed, by us or by a database that ended: the next round opens another.
      connection.close()
    } finally {
      held.delete(connection)
    }
  }

  /** Undefined when there is none to be had at the moment, which is what the job brings about. */
  async function take(url: string): Promise<DatabaseConnection | undefined> {
    return connectDatabase(url, CONNECT_TIMEOUT_MS).catch(() => undefined)
  }

  return {
    async keep() {
      const [database] = await podsOf('database')
      if (database === undefined) return
      const url = `http://${database.ip}:${HTTP_PORT}`
      const { max } = LIMITS.parse(await callOk(`${url}/connections`, { timeoutMs: CONNECT_TIMEOUT_MS }))
      const until = performance.now() + ROUND_MS
      while (held.size < max - LEFT && performance.now() < until) {
        const connection = await take(url)
        if (connection === undefined) await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
        else {
          held.add(connection)
          void work(connection)
        }
      }
    },
    async undo() {
      for (const connection of held) connection.close()
      held.clear()
    },
  }
}
