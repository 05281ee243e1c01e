// A small service that answers one question, a few requests at a time, from what it reads elsewhere: the kind a shop can do without.
import { setTimeout as sleep } from 'node:timers/promises'
import { runService, type ServiceParts, type ServiceTools } from './service.ts'
import { type CommonSettings, whole } from './settings.ts'
import { createSlots } from './slots.ts'

export const RANKED_SETTINGS = {
  /** Requests at the same time… */
  CONCURRENCY: whole(4),
  /** …how long it takes to rank what was read… */
  WORK_MS: whole(20),
  /** …and how long one more waits before it is refused with 503. */
  WAIT_MS: whole(300),
}
type RankedSettings = CommonSettings & Readonly<Record<keyof typeof RANKED_SETTINGS, number>>

/** Where it reads: what others need too. */
interface Source extends Pick<ServiceParts, 'notReady' | 'onEnd'> {
  readonly read: () => Promise<unknown>
}

/** Answers GET `path` with `answer`. */
export function runRanked(
  settings: RankedSettings,
  path: string,
  answer: unknown,
  connect: (tools: ServiceTools) => Source,
): void {
  const slots = createSlots('rankers', settings.CONCURRENCY, settings.WAIT_MS)
  runService(settings, (tools) => {
    const { read, ...rest } = connect(tools)
    return {
      ...rest,
      routes: {
        [`GET ${path}`]: async () => {
          await slots.run(async () => {
            await read()
            await sleep(settings.WORK_MS)
          })
          return { body: answer }
        },
      },
    }
  })
}
