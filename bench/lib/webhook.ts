// Where Prometheus sends its alerts: speaks as much of Alertmanager's API as it needs to be told, and notes when.
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { z } from 'zod'

const ALERTS = z.array(z.object({ labels: z.record(z.string(), z.string()), endsAt: z.string().optional() }))

export interface Webhook {
  readonly address: string
  /** Calls back for each alert that arrives, with its labels and the time in epoch milliseconds. */
  onAlert(handler: (labels: Readonly<Record<string, string>>, at: number) => void): void
  close(): void
}

export async function startWebhook(): Promise<Webhook> {
  const handlers: ((labels: Readonly<Record<string, string>>, at: number) => void)[] = []
  const server = createServer(async (request, response) => {
    const at = Date.now()
    const alerts = ALERTS.safeParse(await json(request)).data ?? []
    response.end()
    for (const { labels } of alerts) for (const handler of handlers) handler(labels, at)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    address: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    onAlert: (handler) => handlers.push(handler),
    close: () => server.close(),
  }
}
