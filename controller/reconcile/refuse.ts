// Guards that are not run: a spec that can't be used, or a pause. Their status says so in one clear sentence.
import { patchStatus } from '../kube/apply.ts'
import { textAt } from '../kube/json.ts'
import { findObject } from '../kube/objects.ts'
import { GUARDS } from '../kube/resource-type.ts'
import { transition } from '../model/conditions.ts'
import { messageOf } from '../model/errors.ts'
import { GUARD_STATUS } from '../model/guard-status.ts'
import { specRejected, subjectOf } from '../record/events.ts'
import { timestamp, unobservedConditions } from '../record/status.ts'
import type { GuardLoopDeps } from './guard.ts'
import type { Session } from './session.ts'

export interface Unfit {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly generation: number
  /** What is wrong with the spec; undefined when it is only paused. */
  readonly fault: string | undefined
  /** The status says so. */
  written: boolean
}

export function isUnfit(session: Session | Unfit): session is Unfit {
  return 'fault' in session
}

/** Writes the conditions; what a leader remembers of acts and autoscalers stays. A failure is logged and tried again. */
export async function refuse(deps: GuardLoopDeps, unfit: Unfit): Promise<void> {
  if (!deps.isLeading()) return
  const { namespace, name, generation, fault } = unfit
  const [accepted, why] =
    fault === undefined
      ? ([
          { status: 'True', reason: 'SpecValid', message: 'The spec is accepted.' },
          { reason: 'Paused', message: 'The Guard is paused: nothing is observed, decided or done.' },
        ] as const)
      : ([
          { status: 'False', reason: 'SpecInvalid', message: fault },
          { reason: 'SpecInvalid', message: 'The spec is refused, so that nothing is observed, decided or done.' },
        ] as const)
  try {
    const raw = await findObject(deps.client, GUARDS, { namespace, name })
    if (raw === undefined) return
    const before = GUARD_STATUS.safeParse(raw.status).data?.conditions ?? []
    const conditions = transition(before, unobservedConditions(accepted, why, generation), timestamp(deps.clock.now()))
    // The pods that it took out are given back by their marks.
    const cleared = { signals: null, signalsAt: null, circuit: null, isolations: null }
    const status = { observedGeneration: generation, conditions, ...cleared }
    const resourceVersion = textAt(raw, 'metadata', 'resourceVersion')
    await patchStatus(deps.client, GUARDS, { namespace, name }, status, { resourceVersion })
    unfit.written = true
    const level = fault === undefined ? 'info' : 'warn'
    deps.log[level](
      { guard: unfit.key },
      fault === undefined ? `${unfit.key} is paused` : `${unfit.key} is refused: ${fault}`,
    )
    if (fault !== undefined) deps.events.record(specRejected(subjectOf(unfit), fault))
  } catch (error) {
    deps.log.warn(
      { guard: unfit.key, err: error },
      `The status of ${unfit.key} could not be written: ${messageOf(error)}`,
    )
  }
}
