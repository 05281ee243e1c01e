// HAProxy and nginx before the pods of a Deployment, told by Evenkeel whom to use, and shoppers who remember which pod answered when.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import type { Pod } from '../../../controller/model/workload.ts'
import { freePort } from '../../../sandbox/ports.ts'
import { program } from '../../components/support/programs.ts'
import { answersOk, type Room } from '../../components/support/room.ts'
import { until } from './product.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples/load-balancers/', import.meta.url))
const HTTP_PORT = 8080
const PAUSE_MS = 25

export interface Answer {
  /** host:port of the pod. */
  readonly from: string
  /** When it was asked, by performance.now(). */
  readonly at: number
  readonly status: number
}

export interface Shoppers {
  readonly answers: readonly Answer[]
  /** When this pod was last used; 0 when it never was. */
  lastAt(pod: Pod): number
  /** Waits for so many more answers, of which `holds` is true. */
  until(what: string, count: number, holds: (answers: readonly Answer[]) => boolean): Promise<readonly Answer[]>
}

export const addressOf = ({ podIP }: Pod): string => `${podIP}:${HTTP_PORT}`

/** HAProxy by agent-check, with the settings of examples/load-balancers/haproxy.cfg. Returns its URL. */
export async function startHaproxy(room: Room, service: string, pods: readonly Pod[], agent: number): Promise<string> {
  const port = await freePort()
  const file = join(room.folder('haproxy'), 'haproxy.cfg')
  const servers = pods.map(
    (pod) => `  server ${pod.name} ${addressOf(pod)} agent-send "${pod.namespace}/${service}/${pod.name}\\n"`,
  )
  const lines = [
    'defaults',
    '  mode http',
    '  timeout connect 1s',
    '  timeout client 30s',
    '  timeout server 30s',
    '  retries 2',
    '  option redispatch',
    'frontend web',
    `  bind 127.0.0.1:${port}`,
    '  default_backend by_agent',
    'backend by_agent',
    '  balance roundrobin',
    '  http-response set-header x-from %[dst]:%[dst_port]',
    ...servers.map(
      (_, index) => `  http-response set-header x-from ${addressOf(pods[index] as Pod)} if { srv_id ${index + 1} }`,
    ),
    `  default-server weight 100 agent-check agent-addr 127.0.0.1 agent-port ${agent} agent-inter 500ms`,
    ...servers,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const url = `http://127.0.0.1:${port}/`
  await room.start([program('haproxy'), '-db', '-f', file], { ready: () => answersOk(url) })
  return url
}

/** nginx as the example has it, and the script that keeps its servers. Returns its URL. */
export async function startNginx(room: Room, service: string, pods: readonly Pod[], probes: number): Promise<string> {
  const folder = room.folder('nginx')
  const port = await freePort()
  const [servers, file] = [join(folder, 'web.servers'), join(folder, 'nginx.conf')]
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${folder}/${one};`)
  writeFileSync(servers, pods.map((pod) => `server ${addressOf(pod)};\n`).join(''), { mode: 0o666 })
  const text = readFileSync(join(EXAMPLES, 'nginx.conf'), 'utf8')
    .replace('127.0.0.1:8083', `127.0.0.1:${port}`)
    .replace(
      'http {\n',
      `http {\n  access_log off;\n  add_header x-from $upstream_addr always;\n  ${paths.join(' ')}\n`,
    )
  writeFileSync(file, `pid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\n${text}`)
  const url = `http://127.0.0.1:${port}/`
  const command = ['-e', `${folder}/error.log`, '-c', file] as const
  await room.start([program('nginx'), ...command, '-g', 'daemon off;'], { ready: () => answersOk(url) })
  const [namespace = ''] = pods.map((pod) => pod.namespace)
  const source = `http://127.0.0.1:${probes}/services/${namespace}/${service}?as=nginx`
  await room.start(['/bin/sh', join(EXAMPLES, 'nginx-follow.sh'), source, servers], {
    env: { NGINX: [program('nginx'), ...command].join(' ') },
    ready: async () => readFileSync(servers, 'utf8').startsWith('# '),
  })
  return url
}

export function sendShoppers(room: Room, url: string): Shoppers {
  const agent = new Agent({ pipelining: 0 })
  const ending = new AbortController()
  const answers: Answer[] = []

  async function shop(): Promise<void> {
    while (!ending.signal.aborted) {
      const at = performance.now()
      const { statusCode: status, headers, body } = await request(url, { dispatcher: agent })
      await body.dump()
      // nginx names every server that it tried; the last one answered.
      const from = String(headers['x-from']).split(', ').at(-1) ?? ''
      answers.push({ from, at, status })
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const shopping = shop()
  room.defer(async () => {
    ending.abort()
    await shopping
    await agent.close()
  })

  return {
    answers,
    lastAt: (pod) => answers.findLast(({ from }) => from === addressOf(pod))?.at ?? 0,
    async until(what, count, holds) {
      const begun = answers.length
      return until(
        what,
        () => {
          const last = answers.slice(-count)
          return answers.length - begun >= count && holds(last) ? last : undefined
        },
        30_000,
      )
    },
  }
}
