// The arbiter: puts a proposal before every interlock, in written order, and adds their rulings up to one decision.
import type {
  Command,
  Decision,
  Facts,
  Interlock,
  IsolateProposal,
  PodRef,
  Proposal,
  Ruling,
} from '../model/command.ts'
import { SERVING_MARK } from '../model/names.ts'
import { anotherOwner } from './interlocks/another-owner.ts'
import { budget } from './interlocks/budget.ts'
import { clockSteady } from './interlocks/clock-steady.ts'
import { connections } from './interlocks/connections.ts'
import { cooldown } from './interlocks/cooldown.ts'
import { ejectionCap } from './interlocks/ejection-cap.ts'
import { failoverGroup } from './interlocks/failover-group.ts'
import { feature } from './interlocks/feature.ts'
import { fleetPanic } from './interlocks/fleet-panic.ts'
import { freshness } from './interlocks/freshness.ts'
import { leadership } from './interlocks/leadership.ts'
import { mode } from './interlocks/mode.ts'
import { pod } from './interlocks/pod.ts'
import { unknownSignal } from './interlocks/unknown-signal.ts'

/** Interlocks that need no fresh read: while one of them vetoes, the API server is not asked. */
const WITHOUT_READS: readonly Interlock[] = [leadership, clockSteady, unknownSignal, fleetPanic, cooldown, budget]
/** What is read for each remedy, and must agree. A limit is kept in the Guard's own status, which no one else writes. */
const WITH_READS: Readonly<Record<Proposal['remedy'], readonly Interlock[]>> = {
  scale: [freshness, connections, anotherOwner, mode],
  degrade: [feature, mode],
  limit: [mode],
  isolate: [pod, ejectionCap, mode],
  failover: [failoverGroup, mode],
}

/** Judges by what is already known. A veto is final; anything else asks for fresh reads and `arbitrate`. */
export function prejudge(proposal: Proposal, facts: Facts): Decision {
  return runChain(WITHOUT_READS, proposal, facts)
}

/** The decision on a proposal, given fresh reads. Pure. */
export function arbitrate(proposal: Proposal, facts: Facts): Decision {
  return runChain([...WITHOUT_READS, ...WITH_READS[proposal.remedy]], proposal, facts)
}

function runChain(chain: readonly Interlock[], proposal: Proposal, facts: Facts): Decision {
  let command = commandOf(proposal, facts)
  const rulings: Ruling[] = []
  for (const interlock of chain) {
    const judgement = interlock(command, proposal, facts)
    rulings.push(judgement.ruling)
    command = judgement.command ?? command
  }
  return { at: facts.now, proposal, command, verdict: verdictOf(rulings, facts), rulings }
}

function verdictOf(rulings: readonly Ruling[], facts: Facts): Decision['verdict'] {
  const vetoes = rulings.filter((ruling) => ruling.verdict === 'Veto')
  if (vetoes.length === 0) return 'act'
  return facts.mode === 'Observe' && vetoes.every((ruling) => ruling.interlock === 'mode') ? 'would' : 'veto'
}

function commandOf(proposal: Proposal, facts: Facts): Command {
  const { from, to } = proposal
  if (proposal.remedy === 'limit') return { kind: 'limit', flow: proposal.flow, from, to }
  if (proposal.remedy === 'degrade') {
    const { namespace } = facts.target
    const features = proposal.features.map((name) => ({ namespace, name }))
    return { kind: 'feature', features, from, to }
  }
  if (proposal.remedy === 'isolate') {
    const { step } = proposal
    return { kind: 'isolate', step, namespace: facts.target.namespace, pods: podRefsOf(proposal, facts), from, to }
  }
  if (proposal.remedy === 'failover') {
    const { group } = proposal
    const read = facts.group?.kind === 'read' ? facts.group.value : undefined
    const { namespace } = facts.target
    return { kind: 'failover', namespace, group, from, to, resourceVersion: read?.resourceVersion ?? '' }
  }
  const resourceVersion = facts.scale.kind === 'read' ? facts.scale.value.resourceVersion : ''
  return { kind: 'scale', target: facts.target, from, to, resourceVersion }
}

function podRefsOf({ pods }: IsolateProposal, { pods: fresh }: Facts): PodRef[] {
  const read = fresh?.kind === 'read' ? fresh.value : []
  return pods.map(({ name, uid }) => {
    const one = read.find(({ pod: { uid: own } }) => own === uid)
    const isByAnnotation = one?.pod.gate !== undefined || one?.isSelectedByMark === true
    const [mark, label] = [isByAnnotation ? 'annotation' : 'label', one?.pod.labels[SERVING_MARK]] as const
    return { name, uid, resourceVersion: one?.resourceVersion ?? '', mark, label }
  })
}

/** Interlocks whose veto may last: the ladder tries another remedy meanwhile. */
const LASTING: readonly string[] = [
  'another-owner',
  'connections',
  'fleet-panic',
  'feature',
  'pod',
  'ejection-cap',
  'failover-group',
]

export function isBarredForLonger({ verdict, rulings }: Decision): boolean {
  return verdict === 'veto' && rulings.some((one) => one.verdict === 'Veto' && LASTING.includes(one.interlock))
}
