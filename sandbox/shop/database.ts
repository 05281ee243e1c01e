// The database, a stand-in: connections are bounded, a statement takes its time and holds its connection meanwhile.
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { BadRequest, DatabaseUnavailable, ShopError } from './common/errors.ts'
import { addGauge } from './common/metrics.ts'
import { runService } from './common/service.ts'
import { readSettings, whole } from './common/settings.ts'

const settings = readSettings({
  MAX_CONNECTIONS: whole(60),
  /** A connection on which nothing was asked for so long is taken as dead and closed. */
  IDLE_MS: whole(15_000),
  /** How long each statement takes. */
  INSERT_MS: whole(100),
  SELECT_MS: whole(100),
  REPORT_MS: whole(2_000),
  /** As many run at full speed; more of them share it and take longer. 0: any number. */
  AT_ONCE: whole(0),
})

const STATEMENTS = { insert: settings.INSERT_MS, select: settings.SELECT_MS, report: settings.REPORT_MS } as const
const QUERY = z.object({ statement: z.enum(['insert', 'select', 'report']) })

/** When it can do less, fewer statements run at full speed. Without a bound each takes so many times as long. */
function timesAsLong(running: number, slowness: number): number {
  return settings.AT_ONCE === 0 ? slowness : Math.max(1, (running * slowness) / settings.AT_ONCE)
}

/**
 * One client's connection is a response that stays open: when its socket closes, for whatever reason, the connection is
 * over. A line every few seconds finds the clients that vanished without closing it.
 */
interface Connection {
  readonly response: ServerResponse
  isBusy: boolean
  idle: NodeJS.Timeout
}
const PULSE_MS = 5_000

runService(
  settings,
  ({ registry, faults }) => {
    const connections = new Map<string, Connection>()
    let running = 0
    addGauge(registry, 'database_connections', 'Connections that are open.', () => connections.size)
    addGauge(registry, 'database_connections_max', 'Connections that may be open.', () => settings.MAX_CONNECTIONS)
    const pulse = setInterval(() => {
      for (const { response } of connections.values()) response.write('\n')
    }, PULSE_MS)

    function connect(response: ServerResponse): void {
      const id = randomUUID()
      connections.set(id, { response, isBusy: false, idle: expire(response) })
      response.once('close', () => {
        clearTimeout(connections.get(id)?.idle)
        connections.delete(id)
      })
      response
        .writeHead(200, { 'content-type': 'application/x-ndjson' })
        .write(`${JSON.stringify({ connection: id })}\n`)
    }

    const expire = (response: ServerResponse) => setTimeout(() => response.end(), settings.IDLE_MS)

    async function query(id: string, statement: keyof typeof STATEMENTS): Promise<void> {
      const connection = connections.get(id)
      if (connection === undefined) throw new ShopError(404, `connection ${id} is closed: open another`)
      if (connection.isBusy) throw new ShopError(409, `connection ${id} is busy: one statement at a time`)
      connection.isBusy = true
      clearTimeout(connection.idle)
      running += 1
      await sleep(STATEMENTS[statement] * timesAsLong(running, faults.slowness()))
      running -= 1
      connection.isBusy = false
      if (connections.has(id)) connection.idle = expire(connection.response)
    }

    return {
      routes: {
        'GET /connections': () => ({ body: { open: connections.size, max: settings.MAX_CONNECTIONS } }),
        'POST /connections': () => {
          if (connections.size >= settings.MAX_CONNECTIONS)
            throw new DatabaseUnavailable('sorry, too many clients already')
          return { stream: connect }
        },
        'POST /connections/:id/query': async (request) => {
          const parsed = QUERY.safeParse(await request.json())
          if (!parsed.success) throw new BadRequest(z.prettifyError(parsed.error))
          await query(request.parameters.id ?? '', parsed.data.statement)
          return { body: { rows: 1 } }
        },
      },
      onDrain() {
        clearInterval(pulse)
        for (const { response } of connections.values()) response.end()
      },
    }
  },
  // A connection is one long request: its time would say nothing.
  { isTimed: false },
)
