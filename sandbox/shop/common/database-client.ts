// One connection to the database: open it, ask on it, close it.
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { z } from 'zod'
import { callOk } from './call.ts'
import { DatabaseUnavailable } from './errors.ts'

export type Statement = 'insert' | 'select' | 'report'

export interface DatabaseConnection {
  /** False once either side has closed it. */
  isOpen(): boolean
  /** Throws CallFailed. */
  query(statement: Statement, timeoutMs: number): Promise<void>
  close(): void
}

const HELLO = z.object({ connection: z.string() })
/** The database writes a line every 5 s: without any for so long, it is gone. */
const SILENCE_MS = 20_000
/** Each connection has a socket of its own, which ends with it. */
const agent = new Agent({ keepAlive: false })

/** Throws DatabaseUnavailable: not reached in time, or all its connections are taken. */
export async function connectDatabase(url: string, timeoutMs: number): Promise<DatabaseConnection> {
  const sent = request(`${url}/connections`, { agent, method: 'POST', headers: { 'content-length': 0 } })
  const timer = setTimeout(() => sent.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs)
  try {
    const response = await headOf(sent)
    const line = await firstLineOf(response)
    if (response.statusCode !== 200) throw new DatabaseUnavailable(`the database refused a connection: ${line}`)
    return connectionOf(url, sent, HELLO.parse(JSON.parse(line)).connection)
  } catch (cause) {
    sent.destroy()
    if (cause instanceof DatabaseUnavailable) throw cause
    throw new DatabaseUnavailable(`the database at ${url} gave no connection`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function connectionOf(url: string, sent: ClientRequest, id: string): DatabaseConnection {
  let isOpen = true
  sent.once('close', () => {
    isOpen = false
  })
  sent.setTimeout(SILENCE_MS, () => sent.destroy())
  return {
    isOpen: () => isOpen,
    async query(statement, timeoutMs) {
      try {
        await callOk(`${url}/connections/${id}/query`, { method: 'POST', body: { statement }, timeoutMs })
      } catch (error) {
        // Whether the statement is still running there is not known: the connection can't be used for another.
        sent.destroy()
        throw error
      }
    },
    close: () => void sent.destroy(),
  }
}

function headOf(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // It stays: an error that comes later closes the connection, which is all that is to be known of it.
    sent.on('error', reject)
    sent.once('response', resolve)
    sent.end()
  })
}

/** What follows the first line is read too, so that it doesn't pile up, and means only that the database is there. */
function firstLineOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.includes('\n')) return
      text += chunk
      if (text.includes('\n')) resolve(text.trimEnd())
    })
    // It stays, as the one of the request does.
    response.on('error', reject)
    response.once('end', () => resolve(text.trimEnd()))
  })
}
