// What a Guard tells when it changes: conditions that flip, decisions with their reasons and vetoes, acts and whether they helped.
import type { Draft } from './log-book.ts'
import { type Guard, type GuardAction, keyOf } from './objects.ts'

/** Reasons of Observed=False that only say that signals are missing; any other is a Guard that can't be used. */
const ONLY_UNSEEN = ['NothingSeen', 'PartlySeen', 'Paused']

/** The service that a Guard is about. */
export const serviceOf = ({ metadata, spec }: Guard): string => spec?.target.name ?? metadata.name

/** What is news in `after`. `before` is undefined when the Guard is seen for the first time. */
export function guardNews(before: Guard | undefined, after: Guard, now: number): readonly Draft[] {
  const service = serviceOf(after)
  return [
    ...modeNews(before, after, now),
    ...conditionNews(before, after, now),
    ...decisionNews(after),
    ...(after.status?.recentActions ?? []).flatMap((action) => actionNews(before, after, action, now)),
  ].map((draft) => ({ ...draft, service }))
}

type Told = Omit<Draft, 'service'>

export const conditionOf = (guard: Guard | undefined, type: string) =>
  guard?.status?.conditions.find((condition) => condition.type === type)

function modeNews(before: Guard | undefined, { spec }: Guard, at: number): Told[] {
  const was = before?.spec?.mode
  if (was === undefined || spec === undefined || was === spec.mode) return []
  return [{ at, kind: 'note', text: `the Guard’s mode is ${spec.mode} now, it was ${was}` }]
}

function conditionNews(before: Guard | undefined, after: Guard, at: number): Told[] {
  const [accepted, observed, healthy, exhausted] = ['Accepted', 'Observed', 'Healthy', 'Exhausted'].map((type) => {
    const [was, is] = [conditionOf(before, type), conditionOf(after, type)]
    return { was, is, flipped: is !== undefined && is.status !== was?.status }
  })
  const news: Told[] = []
  if (accepted?.is?.status === 'False') {
    if (accepted.flipped || accepted.was?.message !== accepted.is.message)
      news.push({ at, kind: 'trouble', text: `the Guard ${after.metadata.name} is refused: ${accepted.is.message}` })
    return news
  }
  if (accepted?.flipped && accepted.was?.status === 'False')
    news.push({ at, kind: 'note', text: 'the Guard is accepted again' })

  const calm = healthy?.is?.status === 'True'
  const calmAgain = calm && healthy?.flipped && healthy.was?.status !== 'False'
  if (observed?.flipped && observed.is?.status === 'True')
    news.push({
      at,
      kind: 'saw',
      text: calmAgain ? 'every signal is seen, and within its limit' : 'every signal is seen',
    })
  else if (calmAgain) news.push({ at, kind: 'saw', text: 'every signal is within its limit' })
  if (observed?.flipped && observed.is?.status === 'False') {
    const { reason, message } = observed.is
    // Before the first reading nothing can have been seen: that is no news.
    if (!ONLY_UNSEEN.includes(reason)) news.push({ at, kind: 'trouble', text: lowerFirst(message) })
    else if (observed.was !== undefined) news.push({ at, kind: 'saw', text: `blind in part. ${message}` })
  }
  if (exhausted?.flipped && exhausted.is?.status === 'True')
    news.push({
      at,
      kind: 'trouble',
      text: `no remedy is left, a human is needed: ${lowerFirst(exhausted.is.message)}`,
    })
  if (exhausted?.flipped && exhausted.was?.status === 'True')
    news.push({ at, kind: 'note', text: 'a human is no longer needed' })
  return news
}

function decisionNews(guard: Guard): Told[] {
  const decision = guard.status?.lastDecision
  return decision === undefined ? [] : [tellDecision(keyOf(guard), decision.at, decision.summary)]
}

/**
 * A decision in plain words, out of the sentence that Evenkeel writes for it. The Incident's timeline has the same
 * sentence at the same moment: whichever comes first is told.
 */
export function tellDecision(guardKey: string, at: number, summary: string): Told {
  const key = `decision ${guardKey} ${at}`
  const [, verb, what, from, to, rest] =
    /^(Set|Would set|Did not set) (\S+ \S+) from (\d+) to (\d+)(.*)$/s.exec(summary) ?? []
  const [, how, feature, state, reasons] =
    /^(Switched|Would switch) Feature\/(\S+) (on|off): (.*)$/s.exec(summary) ?? []
  if (feature !== undefined) {
    const would = how === 'Switched' ? '' : 'would, but only observes: '
    return { key, at, kind: 'decided', text: `${would}switch ${feature} ${state}: ${reasons}` }
  }
  const ofPod = tellOfPod(summary)
  if (ofPod !== undefined) return { key, at, kind: 'decided', text: ofPod }
  if (verb === undefined || what === undefined || from === undefined || to === undefined || rest === undefined)
    return { key, at, kind: 'decided', text: summary }
  const change = what.endsWith('replicas') ? `scale ${from} → ${to}` : `set ${what} ${from} → ${to}`
  const [, because, failure] = /^: (.*?)(?:\. It failed: (.*))?$/s.exec(rest) ?? []
  if (failure !== undefined) return { key, at, kind: 'trouble', text: `could not ${change}: ${failure}` }
  if (verb === 'Did not set')
    return { key, at, kind: 'decided', text: `do not ${change} yet: ${rest.replace(/^, /, '')}` }
  const words = because === undefined ? '' : `: ${because}`
  return {
    key,
    at,
    kind: 'decided',
    text: verb === 'Set' ? `${change}${words}` : `would ${change}, but only observes${words}`,
  }
}

/** What is done about a pod, in plain words; undefined when it is about none. */
function tellOfPod(summary: string): string | undefined {
  const [, would, step, pod, reasons] =
    /^(Would )?(took|take|gave|give|deleted|delete) Pod\/(\S+?)(?: out| back)?: (.*)$/is.exec(summary) ?? []
  if (step === undefined) return undefined
  const change = /^t/i.test(step)
    ? `take pod ${pod} out`
    : /^g/i.test(step)
      ? `give pod ${pod} back`
      : `delete pod ${pod}`
  return `${would === undefined ? '' : 'would, but only observes: '}${change}: ${reasons}`
}

const OUTCOMES: Readonly<Record<string, { readonly kind: Draft['kind']; readonly words: string }>> = {
  Done: { kind: 'did', words: '' },
  Failed: { kind: 'trouble', words: ' failed' },
  Abandoned: { kind: 'note', words: ' was given up' },
}

const VERDICTS: Readonly<Record<string, string>> = {
  Improved: 'it helped',
  NotImproved: 'it did not help in time',
  Inconclusive: 'whether it helped can’t be told',
}

function actionNews(before: Guard | undefined, after: Guard, action: GuardAction, now: number): Told[] {
  const was = before?.status?.recentActions.find((one) => one.id === action.id)
  const about = `act ${keyOf(after)} ${action.id}`
  const change = changeOf(action)
  const news: Told[] = []
  const outcome = OUTCOMES[action.outcome]
  if (outcome !== undefined && was?.outcome !== action.outcome) {
    const detail = action.detail === undefined ? '' : `: ${action.detail}`
    const text = `${change}${outcome.words}${detail}`
    news.push({ key: `${about} ${action.outcome}`, at: action.at, kind: outcome.kind, text })
  }
  const verdict = action.verdict === undefined ? undefined : VERDICTS[action.verdict]
  if (verdict !== undefined && was?.verdict !== action.verdict)
    news.push({ key: `${about} ${action.verdict}`, at: now, kind: 'saw', text: `${change}: ${verdict}` })
  return news
}

/** "replicas 2 → 4", "reviews off", "pod catalogue-x out", "limit.browse none → 64", "shop-db asked to switch". */
export function changeOf({ field, from, to }: Pick<GuardAction, 'field' | 'from' | 'to'>): string {
  const [, feature] = /^Feature\/(.+)$/.exec(field) ?? []
  if (feature !== undefined) return `${feature} ${to === 0 ? 'off' : 'on'}`
  const [, pod, serving] = /^Pod\/(\S+)( serving)?$/.exec(field) ?? []
  if (pod !== undefined) return `pod ${pod} ${serving === undefined ? 'deleted' : to === 0 ? 'out' : 'back'}`
  const [, group] = /^FailoverGroup\/(.+)$/.exec(field) ?? []
  if (group !== undefined) return `${group} asked to switch`
  const isLimit = field.startsWith('limit.')
  if (isLimit) return `${field} ${from === 0 ? 'none' : from} → ${to === 0 ? 'none' : to}`
  return `${field.endsWith(' replicas') ? 'replicas' : field} ${from} → ${to}`
}

export const lowerFirst = (text: string): string =>
  // "CPU" and "p99" stay as they are.
  /^[A-Z][a-z ]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text
