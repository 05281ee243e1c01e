// A small service that answers one question from its memory, a few requests at a time: the kind a shop can do without.
import { setTimeout as sleep } from 'node:timers/promises'
import { runService } from './service.ts'
import { readSettings, whole } from './settings.ts'
import { createSlots } from './slots.ts'

/** Answers GET `path` with `answer`. */
export function runRanked(path: string, answer: unknown): void {
  const settings = readSettings({
    /** Requests at the same time… */
    CONCURRENCY: whole(4),
    /** …how long each takes… */
    WORK_MS: whole(90),
    /** …and how long one more waits before it is refused with 503. */
    WAIT_MS: whole(300),
  })
  const slots = createSlots('rankers', settings.CONCURRENCY, settings.WAIT_MS)
  runService(settings, () => ({
    routes: {
      [`GET ${path}`]: async () => {
        await slots.run(() => sleep(settings.WORK_MS))
        return { body: answer }
      },
    },
  }))
}
