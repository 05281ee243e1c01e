// A fresh read of the pods must confirm what is to be done to them: they are there, not ending, and in or out as it was thought.
import type { FreshPod, Interlock, IsolateProposal } from '../../model/command.ts'
import { allow, reduce, veto } from './ruling.ts'

const NAME = 'pod'

/** Those of a step for which it does not hold are left out; a step of which nothing is left is vetoed. */
export const pod: Interlock = (command, proposal, { pods, guard }) => {
  if (proposal.remedy !== 'isolate' || command.kind !== 'isolate') return allow(NAME, 'no pod is touched')
  if (guard === undefined) return veto(NAME, 'it is not known for whom')
  if (pods === undefined || pods.kind === 'unread')
    return veto(NAME, `the pods could not be read${pods === undefined ? '' : `: ${pods.why}`}`)
  const { value } = pods
  const objections = proposal.pods.flatMap(({ name, uid }) => {
    const why = objectionTo(
      value.find(({ pod: read }) => read.uid === uid),
      proposal.step,
      guard,
    )
    return why === undefined ? [] : [{ uid, said: `${name} ${why}` }]
  })
  if (objections.length === 0) return allow(NAME, 'a fresh read shows it as it was')
  const said = objections.map((one) => one.said).join(', ')
  const left = command.pods.filter(({ uid }) => !objections.some((one) => one.uid === uid))
  return left.length === 0 ? veto(NAME, said) : reduce(NAME, `without those: ${said}`, { ...command, pods: left })
}

function objectionTo(read: FreshPod | undefined, step: IsolateProposal['step'], guard: string): string | undefined {
  if (read === undefined) return 'is gone'
  const { isolated, isolatedBy, terminating } = read.pod
  if (terminating) return 'is ending'
  if (step === 'back') return isolatedBy === guard ? undefined : 'is not held any more'
  if (isolated === true) return 'is out already'
  return step === 'delete' && !read.hasController ? 'has no controller that would replace it' : undefined
}
