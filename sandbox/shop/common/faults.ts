// Switches that make a service misbehave for real. They exist only with FAULTS=on and answer only to the token's holder.
import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { BadRequest } from './errors.ts'
import type { Handler } from './http.ts'
import type { CommonSettings } from './settings.ts'

const FAULT = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  /** This part of the requests is answered with 500. */
  z.object({ kind: z.literal('errors'), ratio: z.number().min(0).max(1) }),
  /** All work takes so many times as long. */
  z.object({ kind: z.literal('slow'), factor: z.number().min(1).max(1_000) }),
  /** The process ends with code 1, once, after so long. */
  z.object({ kind: z.literal('crash'), afterMs: z.int().min(0) }),
])
export type PodFault = z.infer<typeof FAULT>

export interface PodFaults {
  /** How many times as long as usual the work takes now. */
  slowness(): number
  /** Whether the present request is one of those to fail; asked once for each. */
  isToFail(): boolean
  /** POST /fault sets the fault, GET /fault tells it; none when FAULTS is off. */
  readonly routes: Readonly<Record<string, Handler>>
}

export function createPodFaults(settings: Pick<CommonSettings, 'FAULTS' | 'FAULT_TOKEN'>): PodFaults {
  let fault: PodFault = { kind: 'none' }
  let crash: NodeJS.Timeout | undefined
  let seen = 0

  function set(next: PodFault): void {
    // Whoever repeats a fault, to be sure of it, must not put its crash off.
    if (next.kind === 'crash' && fault.kind === 'crash' && fault.afterMs === next.afterMs) return
    clearTimeout(crash)
    if (next.kind === 'crash') crash = setTimeout(() => process.exit(1), next.afterMs)
    if (next.kind !== fault.kind) console.log(`fault: ${next.kind}`)
    fault = next
  }

  const guarded =
    (handler: Handler): Handler =>
    (request) =>
      isAuthorised(request.headers.authorization, settings.FAULT_TOKEN)
        ? handler(request)
        : { status: 401, body: { error: 'POST /fault needs the bearer token of FAULT_TOKEN' } }
  const routes: Readonly<Record<string, Handler>> = {
    'GET /fault': guarded(() => ({ body: fault })),
    'POST /fault': guarded(async (request) => {
      const parsed = FAULT.safeParse(await request.json())
      if (!parsed.success) throw new BadRequest(z.prettifyError(parsed.error))
      set(parsed.data)
      return { body: fault }
    }),
  }
  return {
    slowness: () => (fault.kind === 'slow' ? fault.factor : 1),
    /** Spread evenly rather than drawn: half is every second request. */
    isToFail() {
      if (fault.kind !== 'errors') return false
      seen += 1
      return Math.floor(seen * fault.ratio) > Math.floor((seen - 1) * fault.ratio)
    },
    routes: settings.FAULTS === 'on' ? routes : {},
  }
}

function isAuthorised(header: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
