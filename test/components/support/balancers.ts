// HAProxy and nginx as examples/load-balancers/ configures them, with the addresses of a test in place of the example's.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../sandbox/ports.ts'
import { program } from './programs.ts'
import { answersOk, type Room } from './room.ts'
import type { WebPods } from './web-pods.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples/load-balancers/', import.meta.url))

export interface ProbePorts {
  readonly http: number
  readonly agent: number
}

/** The example's text with each of `places` replaced; throws for one that is not there. */
function exampleWith(file: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${file} has no "${from}"`)
      return text.replaceAll(from, to)
    },
    readFileSync(join(EXAMPLES, file), 'utf8'),
  )
}

/** Returns the URLs of its two frontends. */
export async function startHaproxy(room: Room, { addresses }: WebPods, probes: ProbePorts) {
  const ports = [await freePort(), await freePort()] as const
  const file = join(room.folder('haproxy'), 'haproxy.cfg')
  const text = exampleWith('haproxy.cfg', {
    '10.0.0.1:8080': addresses['web-0'],
    '10.0.0.2:8080': addresses['web-1'],
    '10.0.0.3:8080': addresses['web-2'],
    '10.0.0.9': '127.0.0.1',
    'agent-port 8018': `agent-port ${probes.agent}`,
    'port 8017': `port ${probes.http}`,
    '127.0.0.1:8081': `127.0.0.1:${ports[0]}`,
    '127.0.0.1:8082': `127.0.0.1:${ports[1]}`,
  })
  writeFileSync(file, text)
  const urls = { byAgent: `http://127.0.0.1:${ports[0]}/`, byHttpchk: `http://127.0.0.1:${ports[1]}/` }
  await room.start([program('haproxy'), '-db', '-f', file], { ready: () => answersOk(urls.byAgent) })
  return urls
}

/** nginx, and the script that keeps its servers. Returns nginx's URL. */
export async function startNginx(room: Room, { addresses }: WebPods, probes: ProbePorts): Promise<string> {
  const folder = room.folder('nginx')
  const port = await freePort()
  const servers = join(folder, 'web.servers')
  const file = join(folder, 'nginx.conf')
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${folder}/${one};`)
  writeFileSync(
    servers,
    Object.values(addresses)
      .map((address) => `server ${address};\n`)
      .join(''),
    { mode: 0o666 },
  )
  const text = exampleWith('nginx.conf', {
    '127.0.0.1:8083': `127.0.0.1:${port}`,
    'http {\n': `http {\n  access_log off;\n  ${paths.join(' ')}\n`,
  })
  writeFileSync(file, `pid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\n${text}`)
  const url = `http://127.0.0.1:${port}/`
  const command = ['-e', `${folder}/error.log`, '-c', file] as const
  await room.start([program('nginx'), ...command, '-g', 'daemon off;'], { ready: () => answersOk(url) })
  const source = `http://127.0.0.1:${probes.http}/services/shop/web?as=nginx`
  await room.start(['/bin/sh', join(EXAMPLES, 'nginx-follow.sh'), source, servers], {
    env: { NGINX: [program('nginx'), ...command].join(' ') },
    ready: async () => readFileSync(servers, 'utf8').startsWith('# shop/web'),
  })
  return url
}
