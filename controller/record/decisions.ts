// A decision in one sentence, and as status keeps it.
import type { Command, Decision } from '../model/command.ts'
import type { DecisionStatus } from '../model/guard-status.ts'
import { timestamp } from './status.ts'

/** What a command writes: "Deployment/checkout replicas". */
export function describeField(command: Command): string {
  return command.kind === 'scale'
    ? `${command.target.kind}/${command.target.name} replicas`
    : `${command.autoscaler.kind}/${command.autoscaler.name} minimum`
}

/** "Scaled Deployment/checkout replicas from 2 to 4: …", "Would scale …", "Did not scale …: the cooldown is 15 s". */
export function summariseDecision({ verdict, command, proposal, rulings }: Decision): string {
  const change = `${describeField(command)} from ${command.from} to ${command.to}`
  const because = proposal.reasons.join('; ')
  if (verdict === 'act') return `Set ${change}: ${because}`
  if (verdict === 'would') return `Would set ${change}: ${because}`
  const vetoes = rulings
    .filter((ruling) => ruling.verdict === 'Veto')
    .map((ruling) => `${ruling.interlock} (${ruling.why})`)
  return `Did not set ${change}, vetoed by ${vetoes.join(', ')}`
}

/** The decision as status keeps it; `failure` is what the API said when the act was refused. */
export function decisionStatus(decision: Decision, failure?: string): DecisionStatus {
  const verdict = failure === undefined ? VERDICTS[decision.verdict] : 'Failed'
  const summary =
    failure === undefined ? summariseDecision(decision) : `${summariseDecision(decision)}. It failed: ${failure}`
  return {
    at: timestamp(decision.at),
    verdict,
    summary,
    reasons: [...decision.proposal.reasons],
    interlocks: decision.rulings.map((ruling) => ({ ...ruling })),
  }
}

const VERDICTS = { act: 'Acted', would: 'WouldAct', veto: 'Vetoed' } as const

/**
 * Whether a decision tells something that the last one did not: another verdict, another number, or another interlock.
 * The same answer on every tick is told once.
 */
export function isNews(decision: Decision, before: Decision | undefined): boolean {
  if (before === undefined || decision.verdict === 'act') return true
  const gist = ({ verdict, command, rulings }: Decision) =>
    [
      verdict,
      command.kind,
      command.from,
      command.to,
      ...rulings.filter((one) => one.verdict === 'Veto').map((one) => one.interlock),
    ].join(' ')
  return gist(decision) !== gist(before)
}
