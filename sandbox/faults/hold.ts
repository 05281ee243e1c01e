// A fault in force: put in place again and again, since pods come and go, until it is taken back.

export interface Hold {
  /** Puts it in place where it is not yet; called again and again. */
  keep(): Promise<void>
  /** Takes it back everywhere. Not called while `keep` is under way. */
  undo(): Promise<void>
}

const KEEP_EVERY_MS = 500

/** `first` resolves when it was tried once, `stop` when it will not be tried any more. Neither rejects. */
export function keepUp(hold: Hold, onFailure: (cause: unknown) => void) {
  const stopping = new AbortController()
  const keep = () => hold.keep().catch(onFailure)
  const first = keep()
  async function go(): Promise<void> {
    await first
    while (!stopping.signal.aborted) {
      await pause(KEEP_EVERY_MS, stopping.signal)
      if (!stopping.signal.aborted) await keep()
    }
  }
  const going = go()
  return {
    first,
    stop() {
      stopping.abort()
      return going
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
