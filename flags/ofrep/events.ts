// Server-sent events that tell readers of OFREP to ask again.
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../controller/model/clock.ts'
import type { Milliseconds } from '../../controller/model/units.ts'
import type { FlagSets } from '../flag-sets.ts'
import { createLatestWriter } from '../latest.ts'

export interface EventStreams {
  readonly size: number
  /** Holds the response open and tells it of each change. `lastEtag` is the last that the reader has been told. */
  open(response: ServerResponse, namespace: string, lastEtag: string | undefined): void
  /** Ends all streams: readers connect anew, to another replica when there is one. */
  close(): void
}

/** Comments keep proxies from taking a quiet stream for a dead one. */
const PING_EVERY_MS: Milliseconds = 20_000
/** A reader that takes nothing for so long is gone. */
const STUCK_AFTER_MS: Milliseconds = 60_000
const PING = ': still here\n\n'

interface Stream {
  readonly response: ServerResponse
  /** Since when a write waits for the reader; undefined when none does. */
  waitingSince: Milliseconds | undefined
  readonly send: (text: string) => void
}

export function createEventStreams(sets: FlagSets, clock: Clock, signal: AbortSignal): EventStreams {
  const streams = new Set<Stream>()

  function createStream(response: ServerResponse): Stream {
    const stream: Stream = {
      response,
      waitingSince: undefined,
      send: createLatestWriter((text, done) => {
        stream.waitingSince = clock.monotonic()
        response.write(text, (error) => {
          stream.waitingSince = undefined
          if (error === null || error === undefined) done()
        })
      }),
    }
    return stream
  }

  async function keepAlive(): Promise<void> {
    for (;;) {
      await clock.sleep(PING_EVERY_MS, signal)
      for (const stream of streams) {
        if (stream.waitingSince === undefined) stream.send(PING)
        else if (clock.monotonic() - stream.waitingSince > STUCK_AFTER_MS) stream.response.destroy()
      }
    }
  }
  keepAlive().catch(() => undefined)

  return {
    get size() {
      return streams.size
    },
    open(response, namespace, lastEtag) {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      const stream = createStream(response)
      const tell = () => stream.send(refetchEvent(sets.get(namespace).etag, clock.now()))
      const unsubscribe = sets.subscribe(namespace, tell)
      streams.add(stream)
      response.on('close', () => {
        unsubscribe()
        streams.delete(stream)
      })
      // What changed between the reader's last answer and this connection would be lost otherwise.
      if (sets.get(namespace).etag === lastEtag) stream.send(PING)
      else tell()
    },
    close() {
      for (const { response } of streams) response.end()
    },
  }
}

function refetchEvent(etag: string, now: number): string {
  const data = { type: 'refetchEvaluation', etag, lastModified: Math.floor(now / 1000) }
  return `event: message\nid: ${etag}\ndata: ${JSON.stringify(data)}\n\n`
}
