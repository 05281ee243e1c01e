// Does the step of a switch that status names, by the hands of the group's method.
import { fenceOldPrimary } from '../../act/failover/fence.ts'
import { routeTo } from '../../act/failover/route.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { FenceOutcome, StepOutcome, SwitchContext } from '../../model/failover.ts'
import type { GroupSession } from './session.ts'

/** Asked for again until it is done: each step does no harm when it is repeated. Never throws. */
export async function doStep(
  client: KubeClient,
  { hands, method }: GroupSession,
  context: SwitchContext,
): Promise<FenceOutcome | StepOutcome> {
  const { switch: under, target, mayWrite, signal } = context
  if (!mayWrite()) return { kind: 'waiting', why: 'this replica may not write' }
  if (under.step === 'Routing') return routeTo({ client, mayWrite, signal }, target, under.to)
  if (under.step === 'Delegating') return hands.kind === 'delegated' ? hands.delegate(context) : unable(method)
  if (hands.kind !== 'own') return unable(method)
  switch (under.step) {
    case 'Fencing':
      return fenceOldPrimary({ client, hands }, context)
    case 'Unfencing':
      return hands.unfence(context)
    case 'Promoting':
      return hands.promote(context)
    case 'Following':
      return followAll(hands, context)
  }
}

/** Those that answer; the others follow when they are back. */
async function followAll(
  hands: Extract<GroupSession['hands'], { kind: 'own' }>,
  context: SwitchContext,
): Promise<StepOutcome> {
  const { target, look, switch: under } = context
  const others = look.members.filter(({ name, reach }) => name !== under.to && reach.kind === 'answers')
  const outcomes = await Promise.all(others.map(({ name }) => hands.follow(target, name, under.to, context)))
  return outcomes.find(({ kind }) => kind === 'failed') ?? outcomes.find(({ kind }) => kind === 'waiting') ?? DONE
}

const DONE: StepOutcome = { kind: 'done' }

function unable(method: string): StepOutcome {
  return { kind: 'failed', why: `this version of Evenkeel has no hands for the method ${method}` }
}
