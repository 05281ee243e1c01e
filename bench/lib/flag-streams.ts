// Many readers of one flag set, as flagd's in-process providers are: each with a connection and a stream of its own.
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { systemClock } from '../../controller/model/clock.ts'
import { FLAG_SYNC_SERVICE } from '../../flags/flagd/service.ts'

export interface FlagStreams {
  /** From now on every stream is waited for: resolves with the moment (epoch ms) at which the last one had a set with `text` in it. */
  lastToHear(text: string): Promise<number>
  close(): void
}

/** Resolves when all of them have their first set. */
export async function openFlagStreams(port: number, namespace: string, count: number): Promise<FlagStreams> {
  const clients: Client[] = []
  const metadata = new Metadata()
  metadata.set('flagd-selector', `flagSetId=${namespace}`)
  const bytes = (buffer: Buffer) => buffer
  let awaited = ''
  let round = 0
  let left = 0
  let done = Promise.withResolvers<number>()
  let open = 0
  let isOver = false
  for (let index = 0; index < count; index++) {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    })
    clients.push(client)
    const { path } = FLAG_SYNC_SERVICE.SyncFlags
    const call = client.makeServerStreamRequest(path, bytes, bytes, Buffer.alloc(0), metadata)
    let isFirst = true
    let heardIn = 0
    call.on('error', (error: Error) => {
      if (!isOver) throw error
    })
    call.on('data', (message: Buffer) => {
      if (isFirst) open += 1
      isFirst = false
      if (heardIn === round || !message.includes(awaited)) return
      heardIn = round
      left -= 1
      if (left === 0) done.resolve(performance.timeOrigin + performance.now())
    })
    if (index % 50 === 49) while (open < index) await systemClock.sleep(5)
  }
  while (open < count) await systemClock.sleep(20)
  return {
    lastToHear(text) {
      awaited = text
      left = count
      round += 1
      done = Promise.withResolvers()
      return done.promise
    },
    close() {
      isOver = true
      for (const client of clients) client.close()
    },
  }
}
