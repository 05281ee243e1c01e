// Starts the target server and asks it what was scraped.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const MESSAGE = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), origins: z.array(z.string()), bytes: z.number() }),
  z.object({ kind: z.literal('counts'), counts: z.record(z.string(), z.number()) }),
])

export interface TargetFarm {
  readonly origins: readonly string[]
  /** Of one exposition. */
  readonly bytes: number
  /** Scrapes served so far to a client, by the first part of its User-Agent. */
  scrapesOf(client: string): Promise<number>
  stop(): void
}

export async function startTargetFarm(targets: number, samples: number): Promise<TargetFarm> {
  const child = fork(fileURLToPath(new URL('./target-server.ts', import.meta.url)), [String(targets), String(samples)])
  const next = () =>
    new Promise<z.infer<typeof MESSAGE>>((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`the target server ended with ${code}`))
      child.once('exit', onExit)
      child.once('message', (message) => {
        child.off('exit', onExit)
        resolve(MESSAGE.parse(message))
      })
    })
  const ready = await next()
  if (ready.kind !== 'ready') throw new Error(`the target server said ${ready.kind} before it was ready`)
  return {
    origins: ready.origins,
    bytes: ready.bytes,
    scrapesOf: async (client) => {
      const answer = next()
      child.send('counts')
      const said = await answer
      return said.kind === 'counts' ? (said.counts[client] ?? 0) : 0
    },
    stop: () => child.disconnect(),
  }
}
