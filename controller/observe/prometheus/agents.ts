// The connections to servers: one pool for all that are checked by the usual certificates, and one for each that has its own.
import { Agent } from 'undici'

export interface Agents {
  /** `ca` is PEM; undefined for the usual certificates. */
  of(ca: string | undefined): Agent
  close(): Promise<void>
}

/** A certificate that was replaced leaves a pool behind, without connections before long. */
const MOST_POOLS = 100

export function createAgents(connections: number): Agents {
  const pool = { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 }
  const usual = new Agent(pool)
  const own = new Map<string, Agent>()
  return {
    of(ca) {
      if (ca === undefined) return usual
      const known = own.get(ca)
      if (known !== undefined) return known
      const [oldest] = own
      if (own.size >= MOST_POOLS && oldest !== undefined) {
        own.delete(oldest[0])
        void oldest[1].close()
      }
      const agent = new Agent({ ...pool, connect: { ca } })
      own.set(ca, agent)
      return agent
    },
    async close() {
      await Promise.all([usual, ...own.values()].map((agent) => agent.destroy()))
    },
  }
}
