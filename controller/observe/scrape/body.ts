// Collects a response's body within a cap, inflating it when the server compressed it.
import { createGunzip, createInflate } from 'node:zlib'
import { describeFailure } from './failure.ts'

/** Larger bodies are refused, compressed or not. */
const MOST_BYTES = 8 * 1024 * 1024
const TOO_LARGE = 'body larger than 8 MiB'

export interface BodySink {
  write(chunk: Buffer): void
  /** All chunks were written: `done` is called, at once when nothing has to be inflated. */
  end(): void
  /** Stops an inflater that is still at work. */
  abandon(): void
}

export interface BodyEvents {
  /** The whole body; its bytes are only lent. */
  done(body: Buffer): void
  /** Called at most once, as soon as the cap is passed or the compression turns out broken. */
  failed(why: string): void
}

/** Where bodies of several chunks are put together. Shared, since a body is read before the next one is put together. */
export interface Scratch {
  buffer: Buffer
}

/** Undefined when the encoding is one that we can't undo. */
export function createBodySink(
  encoding: string | undefined,
  scratch: Scratch,
  events: BodyEvents,
): BodySink | undefined {
  const chunks: Buffer[] = []
  let bytes = 0
  const collect = (chunk: Buffer): boolean => {
    bytes += chunk.length
    if (bytes > MOST_BYTES) return false
    chunks.push(chunk)
    return true
  }
  const finish = () => events.done(joined(chunks, bytes, scratch))
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return {
        write: (chunk) => {
          if (!collect(chunk)) events.failed(TOO_LARGE)
        },
        end: finish,
        abandon: () => undefined,
      }
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return inflating(encoding === 'deflate' ? createInflate() : createGunzip(), collect, finish, events)
    default:
      return undefined
  }
}

function inflating(
  inflater: ReturnType<typeof createGunzip> | ReturnType<typeof createInflate>,
  collect: (chunk: Buffer) => boolean,
  finish: () => void,
  events: BodyEvents,
): BodySink {
  inflater.on('data', (chunk: Buffer) => {
    if (collect(chunk)) return
    inflater.destroy()
    events.failed(TOO_LARGE)
  })
  inflater.on('end', finish)
  inflater.on('error', (error) => events.failed(`broken compression: ${describeFailure(error)}`))
  return {
    write: (chunk) => {
      inflater.write(chunk)
    },
    end: () => inflater.end(),
    abandon: () => inflater.destroy(),
  }
}

function joined(chunks: readonly Buffer[], bytes: number, scratch: Scratch): Buffer {
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return only
  if (scratch.buffer.length < bytes) {
    // Grown by doubling, so that bodies which grow a little each time don't cost a new buffer each time.
    scratch.buffer = Buffer.allocUnsafeSlow(Math.min(MOST_BYTES, Math.max(bytes, 2 * scratch.buffer.length)))
  }
  let at = 0
  for (const chunk of chunks) at += chunk.copy(scratch.buffer, at)
  return scratch.buffer.subarray(0, bytes)
}
