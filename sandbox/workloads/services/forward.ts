// Forwards one HTTP request to one pod, and its answer back, as it comes.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher, Pool } from 'undici'

/** What became of it. Only in the first case has the client got an answer. */
export type Forwarded =
  | { readonly kind: 'answered' }
  /** The client went away, or the pod broke off in the middle of its answer: there is nobody left to answer, or no way to. */
  | { readonly kind: 'broken' }
  /** No answer has begun; `isUntouched`: the pod can't have seen any of it. */
  | { readonly kind: 'failed'; readonly isUntouched: boolean; readonly error: Error }

/** They speak of one connection, not of the request. undici refuses some of them. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'proxy-connection',
])

/** Never rejects. */
export function forward(request: IncomingMessage, response: ServerResponse, pool: Pool): Promise<Forwarded> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let remaining = Number.NaN
    const resume = () => controller?.resume()
    const leave = () => controller?.abort(new Error('the client went away'))

    function end(outcome: Forwarded): void {
      response.off('drain', resume)
      response.off('close', leave)
      resolve(outcome)
    }

    response.on('close', leave)
    response.on('drain', resume)
    pool.dispatch(
      {
        path: request.url ?? '/',
        method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
        headers: withoutHopByHop(request.rawHeaders),
        body: hasBody(request) ? untouched(request) : null,
      },
      {
        onRequestStart(started) {
          controller = started
          if (response.destroyed) leave()
        },
        onResponseStart(_, status, headers, message) {
          for (const name of HOP_BY_HOP) delete headers[name]
          remaining = Number(headers['content-length'])
          response.writeHead(status, message, headers)
        },
        onResponseData(started, chunk) {
          remaining -= chunk.length
          // The last chunk leaves together with the end, and in most cases with the headers: one write instead of three.
          if (remaining === 0) response.end(chunk)
          else if (!response.write(chunk)) started.pause()
        },
        onResponseEnd() {
          if (!response.writableEnded) response.end()
          end({ kind: 'answered' })
        },
        onResponseError(_, error) {
          if (!response.headersSent && !response.destroyed) {
            return end({ kind: 'failed', isUntouched: controller === undefined, error })
          }
          response.destroy()
          end({ kind: 'broken' })
        },
      },
    )
  })
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function withoutHopByHop(raw: readonly string[]): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ''
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, raw[index + 1] ?? '')
  }
  return kept
}

/** Not the request itself: undici destroys a stream that could not be sent, and the next pod needs the request whole. */
function untouched(request: IncomingMessage): Readable {
  return Readable.from({ [Symbol.asyncIterator]: () => request[Symbol.asyncIterator]() })
}
