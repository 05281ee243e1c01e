// A decision in one sentence, and as status keeps it.
import type { Command, Decision } from '../model/command.ts'
import type { DecisionStatus } from '../model/guard-status.ts'
import { fieldsOf, rateOf } from './fields.ts'
import { timestamp } from './status.ts'

/** What a command writes: "Deployment/checkout replicas", "Feature/reviews, Feature/tips". */
export function describeField(command: Command): string {
  return fieldsOf(command).join(', ')
}

/** "Set Deployment/checkout replicas from 2 to 4: …", "Would switch Feature/reviews off: …", "Did not set …, vetoed by …". */
export function summariseDecision({ verdict, command, proposal, rulings }: Decision): string {
  const [verb, change] = phraseOf(command)
  const because = proposal.reasons.join('; ')
  if (verdict === 'act') return `${verb[0]} ${change}: ${because}`
  if (verdict === 'would') return `Would ${verb[1]} ${change}: ${because}`
  const vetoes = rulings
    .filter((ruling) => ruling.verdict === 'Veto')
    .map((ruling) => `${ruling.interlock} (${ruling.why})`)
  return `Did not ${verb[1]} ${change}, vetoed by ${vetoes.join(', ')}`
}

function phraseOf(command: Command): [verb: readonly [done: string, todo: string], change: string] {
  const field = describeField(command)
  const { from, to } = command
  if (command.kind === 'feature') return [['Switched', 'switch'], `${field} ${to === 0 ? 'off' : 'on'}`]
  if (command.kind === 'isolate') return [POD_VERBS[command.step], podsOf(command)]
  if (command.kind === 'failover') return [['Asked', 'ask'], `${field} to switch`]
  if (command.kind === 'limit' && to === 0) return [['Lifted', 'lift'], `${field}, which was ${rateOf(from)}`]
  if (command.kind === 'limit') return [['Set', 'set'], `${field} from ${rateOf(from)} to ${rateOf(to)}`]
  return [['Set', 'set'], `${field} from ${from} to ${to}`]
}

const POD_VERBS = { out: ['Took', 'take'], back: ['Gave', 'give'], delete: ['Deleted', 'delete'] } as const

function podsOf({ step, pods }: Extract<Command, { kind: 'isolate' }>): string {
  const names = pods.map(({ name }) => `Pod/${name}`).join(', ')
  return step === 'delete' ? names : `${names} ${step}`
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
      ...fieldsOf(command),
      command.from,
      command.to,
      ...rulings.filter((one) => one.verdict === 'Veto').map((one) => one.interlock),
    ].join(' ')
  return gist(decision) !== gist(before)
}
