// Writes to a reader that may be slow: one write at a time, and of what comes meanwhile only the newest.

/** `write` calls `done` when the reader has taken it. Memory per reader is bounded by two values, however slow it is. */
export function createLatestWriter<T>(write: (value: T, done: () => void) => void): (value: T) => void {
  let isWriting = false
  let waiting: { readonly value: T } | undefined

  function start(value: T): void {
    isWriting = true
    write(value, () => {
      isWriting = false
      const next = waiting
      waiting = undefined
      if (next !== undefined) start(next.value)
    })
  }

  return (value) => {
    if (isWriting) waiting = { value }
    else start(value)
  }
}
