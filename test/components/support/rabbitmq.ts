// RabbitMQ of a test: a node of its own with its own Erlang port mapper, and messages to put into its queues.
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../sandbox/ports.ts'
import { program } from './programs.ts'
import { answersOk, type Room } from './room.ts'

const SCRIPTS = '/usr/lib/rabbitmq/bin'

export interface Rabbit {
  /** Of the metrics of the node as a whole; `/metrics/per-object` has those of each queue. */
  readonly url: string
  /** What `rabbitmqctl` prints, one row a line, fields between tabs. */
  ctl(...command: string[]): Promise<string[]>
  /** Puts messages into a queue, which is made when it is not there, and takes some out again without acknowledging them. */
  fill(queue: string, messages: number, unacknowledged: number): Promise<void>
}

/** The consumer keeps its messages unacknowledged as long as its connection is open. */
const FILL = `import amqp, sys, time
port, queue, messages, held = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
connection = amqp.Connection('127.0.0.1:%d' % port, login_method='PLAIN')
connection.connect()
channel = connection.channel()
channel.confirm_select()
channel.queue_declare(queue, durable=True, auto_delete=False)
for number in range(messages):
    channel.basic_publish_confirm(amqp.Message(str(number)), routing_key=queue)
for _ in range(held):
    assert channel.basic_get(queue) is not None
open(sys.argv[5], 'w').close()
time.sleep(600)
`

export async function startRabbit(room: Room): Promise<Rabbit> {
  const folder = room.folder('rabbitmq')
  const [port, distribution, mapper, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const env = {
    HOME: folder,
    ERL_EPMD_PORT: `${mapper}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `evenkeel-${randomBytes(4).toString('hex')}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_DIST_PORT: `${distribution}`,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONFIG_FILE: file(
      'rabbitmq.conf',
      `prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = ${metrics}
collect_statistics_interval = 1000
log.file.level = warning
`,
    ),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins', '[rabbitmq_prometheus].\n'),
    // Two schedulers are enough, and start sooner.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}',
  }
  // In the foreground, so that it ends with us: a node would start one that stays.
  await room.start([program('epmd'), '-address', '127.0.0.1', '-port', `${mapper}`], {
    env,
    ready: () => room.run([program('epmd'), '-port', `${mapper}`, '-names']).then(() => true),
  })
  const url = `http://127.0.0.1:${metrics}/metrics`
  const server = await room.start([`${SCRIPTS}/rabbitmq-server`], { env, ready: () => answersOk(url) })
  // Nothing that it has is worth the seconds in which it would put it away.
  room.defer(() => server.process.signal('SIGKILL'))

  return {
    url,
    ctl: async (...command) =>
      (await room.run([`${SCRIPTS}/rabbitmqctl`, '--quiet', ...command], { env }))
        .split('\n')
        .filter((line) => line !== ''),
    async fill(queue, messages, unacknowledged) {
      const done = join(folder, `${queue}.done`)
      const args = [queue, messages, unacknowledged].map(String)
      await room.start([program('python3'), '-c', FILL, `${port}`, ...args, done], {
        env,
        ready: async () => existsSync(done),
      })
    },
  }
}
