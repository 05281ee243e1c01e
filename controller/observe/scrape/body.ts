// Collects a response's body within a cap, inflating it when the server compressed it.
import { createGunzip, createInflate } from 'node:zlib'
import { describeFailure } from './failure.ts'

/** Larger bodies are refused, compressed or not. */
const MOST_BYTES = 8 * 1024 * 1024
const TOO_LARGE = 'body larger than 8 MiB'
/** Buffers that wait to be used again, at most. */
const MOST_FREE = 16
const EMPTY = Buffer.alloc(0)

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

/** Buffers in which bodies that come in several reads are put together: one for each that is under way. Shared by all. */
export interface Scratch {
  readonly free: Buffer[]
}

/** Undefined when the encoding is one that we can't undo. */
export function createBodySink(
  encoding: string | undefined,
  scratch: Scratch,
  events: BodyEvents,
): BodySink | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return collecting(scratch, events)
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return inflating(encoding === 'deflate' ? createInflate() : createGunzip(), collecting(scratch, events), events)
    default:
      return undefined
  }
}

/**
 * What is written is where the socket read it, and is overwritten by the next read of any socket. A body that comes in one
 * read is used there; of any other, each part is copied before that.
 */
function collecting(scratch: Scratch, events: BodyEvents): BodySink {
  let lent: Buffer | undefined
  let kept: Buffer | undefined
  let bytes = 0
  let isOver = false

  function keep(chunk: Buffer): void {
    const needed = bytes + chunk.length
    kept ??= scratch.free.pop()
    if (kept === undefined || kept.length < needed) {
      // Grown by doubling, so that bodies which grow a little each time don't cost a new buffer each time.
      const size = Math.min(MOST_BYTES, Math.max(needed, 2 * (kept?.length ?? 0)))
      const larger = Buffer.allocUnsafeSlow(size)
      kept?.copy(larger, 0, 0, bytes)
      kept = larger
    }
    chunk.copy(kept, bytes)
    bytes = needed
  }
  function keepLent(): void {
    if (lent === undefined) return
    const chunk = lent
    lent = undefined
    keep(chunk)
  }
  function release(): void {
    lent = undefined
    if (kept !== undefined && scratch.free.length < MOST_FREE) scratch.free.push(kept)
    kept = undefined
    isOver = true
  }

  return {
    write: (chunk) => {
      if (isOver) return
      if (bytes + (lent?.length ?? 0) + chunk.length > MOST_BYTES) {
        release()
        events.failed(TOO_LARGE)
      } else if (lent === undefined && kept === undefined) {
        lent = chunk
        // Before the next read, and after `end` when the whole body was in this one.
        queueMicrotask(keepLent)
      } else {
        keepLent()
        keep(chunk)
      }
    },
    end: () => {
      if (isOver) return
      try {
        events.done(lent ?? kept?.subarray(0, bytes) ?? EMPTY)
      } finally {
        release()
      }
    },
    abandon: release,
  }
}

function inflating(
  inflater: ReturnType<typeof createGunzip> | ReturnType<typeof createInflate>,
  sink: BodySink,
  events: BodyEvents,
): BodySink {
  inflater.on('data', sink.write)
  inflater.on('end', sink.end)
  inflater.on('error', (error) => events.failed(`broken compression: ${describeFailure(error)}`))
  return {
    write: (chunk) => {
      // It is inflated in another thread, when the socket may have read something else there.
      inflater.write(Buffer.from(chunk))
    },
    end: () => inflater.end(),
    abandon: () => {
      inflater.destroy()
      sink.abandon()
    },
  }
}
