// A target whose queue is filled at a moment's notice, and that knows when its first bad scrape was.

export const TARGET_PORT = 9464
export const QUEUE_LIMIT = 1000

/**
 * Answers /metrics with its queue's depth; /set with the moment at which it changed it; and /scraped with the moment at
 * which it first told of the depth that was last set, 0 before that. Moments are epoch milliseconds.
 */
const SERVER = `let depth = 0, scrapedAt = 0
require('node:http').createServer((request, response) => {
  const url = new URL(request.url, 'http://x')
  if (url.pathname === '/set') { depth = Number(url.searchParams.get('depth')); scrapedAt = 0; response.end(String(Date.now())) }
  else if (url.pathname === '/scraped') response.end(String(scrapedAt))
  else { scrapedAt ||= Date.now(); response.setHeader('content-type', 'text/plain; version=0.0.4'); response.end('# TYPE queue_depth gauge\\nqueue_depth ' + depth + '\\n') }
}).listen(${TARGET_PORT}, process.env.POD_IP)`

/** A Deployment of one such target. */
export function queueTarget(namespace: string, name: string) {
  const labels = { app: name }
  return {
    metadata: { namespace, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'target',
              image: 'none',
              command: ['node', '-e', SERVER],
              ports: [{ name: 'metrics', containerPort: TARGET_PORT }],
            },
          ],
        },
      },
    },
  }
}

/** Fills or empties the queue; resolves with the moment of the change. */
export async function setDepth(address: string, depth: number): Promise<number> {
  return Number(await (await fetch(`http://${address}/set?depth=${depth}`)).text())
}

/** When the depth that was last set was first told; 0 when it was not yet. */
export async function firstScrapedAt(address: string): Promise<number> {
  return Number(await (await fetch(`http://${address}/scraped`)).text())
}
