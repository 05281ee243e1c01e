// Redis of a test, and Celery with a queue in it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../sandbox/ports.ts'
import { program } from './programs.ts'
import { answersOk, type Room } from './room.ts'

export interface Redis {
  readonly port: number
  /** What `redis-cli` answers. */
  ask(...command: string[]): Promise<string>
}

export async function startRedis(room: Room): Promise<Redis> {
  const port = await freePort()
  const ask = async (...command: string[]) =>
    (await room.run([program('redis-cli'), '-h', '127.0.0.1', '-p', `${port}`, ...command])).trim()
  const where = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', room.folder('redis'), '--save', '']
  await room.start([program('redis-server'), ...where], { ready: async () => (await ask('ping')) === 'PONG' })
  return { port, ask }
}

/** redis_exporter, which tells the length of each list of `keys` ("db0=celery"), also of those that are empty. */
export async function startRedisExporter(room: Room, { port }: Redis, keys: readonly string[]): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}/metrics`
  const flags = [`-redis.addr=redis://127.0.0.1:${port}`, `-web.listen-address=${address}`]
  await room.start([program('prometheus-redis-exporter'), ...flags, `-check-single-keys=${keys.join()}`], {
    ready: () => answersOk(url),
  })
  return url
}

/** A task that lasts until the key `open` is there. */
const TASKS = `import os, time, redis
from celery import Celery
app = Celery('shop', broker=os.environ['BROKER'])
app.conf.worker_prefetch_multiplier = 1
app.conf.task_ignore_result = True
gate = redis.Redis.from_url(os.environ['BROKER'])

@app.task(name='shop.pack')
def pack():
    while not gate.exists('open'):
        time.sleep(0.05)
`

export interface Celery {
  send(tasks: number): Promise<void>
  /** A worker process with so many tasks at a time; takes as many again in advance. Resolves when it has said that it is ready. */
  startWorker(concurrency: number): Promise<void>
}

export function celeryOn(room: Room, redis: Redis): Celery {
  const folder = room.folder('celery')
  writeFileSync(join(folder, 'shop_tasks.py'), TASKS)
  const env = { BROKER: `redis://127.0.0.1:${redis.port}/0`, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
  return {
    async send(tasks) {
      const script = `from shop_tasks import pack\nfor _ in range(${tasks}): pack.apply_async()`
      await room.run([program('python3'), '-c', script], { env })
    },
    async startWorker(concurrency) {
      const flags = ['--concurrency', `${concurrency}`, '--without-gossip', '--without-mingle', '--loglevel', 'INFO']
      await room.start([program('python3'), '-m', 'celery', '-A', 'shop_tasks', 'worker', ...flags], {
        env,
        // What it is remote-controlled by is the last thing that it subscribes to.
        ready: async () => (await redis.ask('pubsub', 'numpat')) !== '0',
      })
    },
  }
}
