// Debian's Alertmanager for tests, and a receiver of its webhooks that notes what it is told.
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { freePort } from '../../sandbox/ports.ts'
import { createTemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'
import { spawnTethered } from '../../sandbox/processes/tethered.ts'

const BINARY = '/usr/bin/prometheus-alertmanager'
const READY_WITHIN_MS = 30_000

const LABELS = z.record(z.string(), z.string())
const NOTIFICATION = z.object({
  receiver: z.string(),
  status: z.enum(['firing', 'resolved']),
  alerts: z.array(z.object({ status: z.enum(['firing', 'resolved']), labels: LABELS, annotations: LABELS })),
})
const ALERT = z.object({
  labels: LABELS,
  generatorURL: z.string().optional(),
  startsAt: z.string(),
  endsAt: z.string(),
  status: z.object({ state: z.string(), inhibitedBy: z.array(z.string()) }),
})

export type Notification = z.output<typeof NOTIFICATION> & { readonly at: number }
export type ShownAlert = z.output<typeof ALERT>

export interface Receiver {
  readonly url: string
  /** In the order in which they came. */
  readonly notifications: readonly Notification[]
  close(): void
}

export async function startReceiver(): Promise<Receiver> {
  const notifications: Notification[] = []
  const server = createServer(async (request, response) => {
    const at = Date.now()
    notifications.push({ ...NOTIFICATION.parse(await json(request)), at })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    notifications,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export interface TestAlertmanager {
  readonly url: string
  /** Takes alerts as its API has them, without times: they last. */
  post(alerts: readonly { readonly labels: Readonly<Record<string, string>> }[]): Promise<void>
  /** What it holds now. */
  alerts(): Promise<readonly ShownAlert[]>
  stop(): Promise<void>
}

/** `config` is its configuration; JSON is YAML. */
export async function startAlertmanager(config: object): Promise<TestAlertmanager> {
  const folder = createTemporaryFolder('evenkeel-alertmanager-')
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const file = (name: string) => join(folder.path, name)
  writeFileSync(file('config.yml'), JSON.stringify(config))
  const logFd = openSync(file('log'), 'a')
  const child = spawnTethered({
    command: [
      BINARY,
      `--config.file=${file('config.yml')}`,
      `--storage.path=${file('data')}`,
      `--web.listen-address=${address}`,
      // One alone, without a cluster.
      '--cluster.listen-address=',
    ],
    env: { PATH: '/usr/bin:/bin' },
    logFd,
  })
  closeSync(logFd)
  const deadline = performance.now() + READY_WITHIN_MS
  while (
    !(await fetch(`${url}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exit() !== undefined || performance.now() > deadline)
      throw new Error(`Alertmanager did not start: ${readFileSync(file('log'), 'utf8')}`)
    await sleep(50)
  }
  return {
    url,
    async post(alerts) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      })
      if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`)
    },
    alerts: async () => z.array(ALERT).parse(await (await fetch(`${url}/api/v2/alerts`)).json()),
    async stop() {
      await child.stop(5_000)
      await folder.remove()
    },
  }
}
