// A fetcher that tests answer by hand, and a clock that they move, for the observer's timing rules.
import type { Clock } from '../../controller/model/clock.ts'
import type { BodyReader, Fetcher, FetchRequest, FetchResult } from '../../controller/observe/scrape/fetch.ts'

/** What an origin says next: a body, a failure, or nothing until `answer` is called. */
export type Says = { readonly body: string } | { readonly why: string } | 'nothing'

export function handClock(): Clock & { move(ms: number): void } {
  let ms = 1_000_000
  return {
    now: () => 1_700_000_000_000 + ms,
    monotonic: () => ms,
    sleep: () => Promise.reject(new Error('the observer has no need to sleep')),
    move: (by) => {
      ms += by
    },
  }
}

export function handFetcher() {
  const says = new Map<string, Says>()
  const waiting = new Map<string, (said: Says) => void>()
  const requests: FetchRequest[] = []
  const forgotten: string[] = []
  const fetcher: Fetcher = {
    fetch: <T>(request: FetchRequest, read: BodyReader<T>) => {
      requests.push(request)
      const { origin } = request.target
      const said = says.get(origin) ?? 'nothing'
      return new Promise<FetchResult<T>>((resolve) => {
        const answer = (now: Says) => {
          if (now === 'nothing') waiting.set(origin, answer)
          else if ('why' in now) resolve({ kind: 'failed', why: now.why })
          else resolve({ kind: 'ok', value: read(Buffer.from(now.body), 'text/plain') })
        }
        answer(said)
      })
    },
    forget: (origin) => forgotten.push(origin),
    close: () => undefined,
  }
  return {
    fetcher,
    says,
    requests,
    forgotten,
    /** Answers the request that `origin` has under way, and lets what waits for it run. */
    answer: async (origin: string, said: Says) => {
      waiting.get(origin)?.(said)
      waiting.delete(origin)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
