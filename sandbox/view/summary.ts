// The summary of a run: its lines, for the card on screen and the end of plain output, and its JSON.
import type { Glyphs } from './glyphs.ts'
import type { ComparedShedding, Summary } from './model.ts'
import { bold, clean, dim, type Line, type Span, span } from './text.ts'
import { formatClock, formatCount, formatSpan } from './units.ts'

const LABEL = 15

/** The summary in lines of any length; whoever shows them folds or cuts. */
export function summaryLines(summary: Summary, glyphs: Glyphs): readonly Line[] {
  return [
    ...verdict(summary, glyphs),
    [],
    ...moments(summary),
    [],
    ...requests(summary),
    ...replicas(summary, glyphs),
    ...comparison(summary),
  ].map((line) => line.map((one) => ({ ...one, text: glyphs.words(clean(one.text)) })))
}

const labelled = (label: string, ...words: Span[]): Line => [dim(label.padEnd(LABEL)), ...words]

function verdict(
  { healed, scenario, withController, why, fault, startedAt, endedAt }: Summary,
  glyphs: Glyphs,
): readonly Line[] {
  const how = withController ? 'with the controller' : 'without the controller'
  return [
    [
      span(`${healed ? glyphs.yes : glyphs.no} ${healed ? 'healed' : 'not healed'}`, {
        color: healed ? 'green' : 'red',
        bold: true,
      }),
      bold(`  ${scenario}`),
      dim(`  ${how}, ${formatSpan(endedAt - startedAt)}`),
    ],
    ...(healed || why === undefined ? [] : [[span(why)]]),
    [dim(fault)],
  ]
}

function moments({
  onset,
  detected,
  firstAct,
  mitigated,
  recovered,
  startedAt,
  acts,
  withController,
}: Summary): readonly Line[] {
  if (onset === undefined)
    return [labelled('onset', span(withController ? 'never: no limit was passed' : 'not seen: nobody watched'))]
  const after = (label: string, at: number | undefined, never: string): Line =>
    at === undefined
      ? labelled(label, dim(never))
      : labelled(label, bold(`+${formatSpan(Math.max(0, at - onset))}`.padEnd(10)), ...extra(label))
  const extra = (label: string): Span[] => {
    const [first] = acts
    if (label !== 'first act' || first === undefined) return []
    const more = acts.length > 1 ? `, then ${acts.length - 1} more` : ''
    return [span(`${first.service}: ${first.what}`), dim(more)]
  }
  return [
    labelled('onset', bold(formatClock(onset - startedAt).padEnd(10)), dim('first reading past a limit')),
    after('detected', detected, withController ? 'never' : 'nobody watched'),
    after('first act', firstAct, 'none'),
    after('mitigated', mitigated, 'not within this run'),
    after('recovered', recovered, 'not within this run'),
  ]
}

function requests({
  requests: { sent, ok, failed, failedBeforeFirstAct, failedAfterFirstAct },
}: Summary): readonly Line[] {
  const share = sent === 0 ? '' : ` (${percent(failed / sent)})`
  const lines: Line[] = [
    labelled(
      'requests',
      span(`${formatCount(sent)} sent, ${formatCount(ok)} answered, `),
      span(`${formatCount(failed)} failed${share}`, failed > 0 ? { bold: true } : {}),
    ),
  ]
  if (failed > 0 && failedAfterFirstAct !== undefined)
    lines.push(
      labelled(
        '',
        dim(`${formatCount(failedBeforeFirstAct)} before the first act, ${formatCount(failedAfterFirstAct)} after it`),
      ),
    )
  return lines
}

function replicas({ replicas: all }: Summary, glyphs: Glyphs): readonly Line[] {
  const changed = all.filter(({ before, peak, after }) => before !== peak || peak !== after)
  if (changed.length === 0) return all.length === 0 ? [] : [labelled('replicas', dim('unchanged'))]
  return [
    labelled(
      'replicas',
      ...changed.map(({ service, before, peak, after }, index) =>
        span(
          `${index === 0 ? '' : ', '}${service} ${before} ${glyphs.arrow} ${peak}${after === peak ? '' : ` ${glyphs.arrow} ${after}`}`,
        ),
      ),
    ),
  ]
}

function comparison(summary: Summary): readonly Line[] {
  const { estimate, compared, comparedShedding, withController } = summary
  const { failed } = summary.requests
  const lines: Line[] = comparedShedding === undefined ? [] : [shedding(summary, comparedShedding)]
  if (compared !== undefined) {
    const how = compared.withController ? 'controller' : 'no controller'
    lines.push(
      labelled(
        how,
        bold(`${formatCount(compared.failed)} of ${formatCount(compared.sent)} failed`),
        dim(', measured in a run of the same scenario'),
      ),
    )
  }
  if (estimate !== undefined && withController && compared === undefined) {
    lines.push(
      labelled(
        'no controller',
        bold(`about ${formatCount(Math.max(estimate.failed, failed))} would have failed`),
        dim(' (an estimate, not measured)'),
      ),
    )
    lines.push(labelled('', dim(estimate.basis)))
  }
  return lines
}

/** What switching features off made of it, both ways measured. */
function shedding(
  { onset, mitigated }: Summary,
  { withShedding, sent, failed, mitigatedSeconds }: ComparedShedding,
): Line {
  const times: Span[] = []
  if (mitigatedSeconds !== undefined && onset !== undefined && mitigated !== undefined) {
    const here = (mitigated - onset) / 1_000
    const difference = mitigatedSeconds - here
    const sooner = `${Math.abs(difference).toFixed(1)} s ${difference >= 0 ? 'later' : 'sooner'} than here`
    times.push(span(`, mitigated ${mitigatedSeconds.toFixed(1)} s after onset: ${sooner}`))
  }
  return labelled(
    withShedding ? 'with shedding' : 'scaling alone',
    bold(`${formatCount(failed)} of ${formatCount(sent)} failed`),
    ...times,
    dim(', measured'),
  )
}

/** "0.4 %"; a few out of very many are not called none. */
function percent(share: number): string {
  if (share > 0 && share < 0.001) return 'below 0.1 %'
  return `${Number((share * 100).toFixed(share < 0.1 ? 1 : 0))} %`
}

interface Moment {
  readonly epochMs: number
  readonly iso: string
  /** Since the start of the run. */
  readonly secondsAfterStart: number
  /** Since the onset; null for what came before it, or without one. */
  readonly secondsAfterOnset: number | null
}

/** What `--json FILE` writes. A moment that never came is null. */
export interface SummaryJson {
  readonly scenario: string
  readonly fault: string
  readonly withController: boolean
  readonly healed: boolean
  /** Why it was not healed; null when it was. */
  readonly why: string | null
  readonly startedAt: Moment
  readonly endedAt: Moment
  readonly durationSeconds: number
  readonly onset: Moment | null
  readonly detected: Moment | null
  readonly firstAct: Moment | null
  readonly mitigated: Moment | null
  readonly recovered: Moment | null
  readonly requests: {
    readonly sent: number
    readonly ok: number
    readonly failed: number
    readonly failedRatio: number | null
    readonly failedBeforeFirstAct: number
    readonly failedAfterFirstAct: number | null
  }
  readonly replicas: Summary['replicas']
  readonly acts: readonly { readonly at: Moment; readonly service: string; readonly what: string }[]
  /** What would have failed without the controller: an estimate with its basis, not a measurement. */
  readonly estimateWithoutController: { readonly failed: number; readonly basis: string } | null
  /** A run of the same scenario the other way, when there was one. */
  readonly compared: { readonly withController: boolean; readonly sent: number; readonly failed: number } | null
  /** A run of the same scenario with the controller, with or without shedding, when there was one. */
  readonly comparedShedding: {
    readonly withShedding: boolean
    readonly sent: number
    readonly failed: number
    readonly mitigatedSeconds: number | null
    readonly recoveredSeconds: number | null
  } | null
}

const nulled = (compared: ComparedShedding) => ({
  ...compared,
  mitigatedSeconds: compared.mitigatedSeconds ?? null,
  recoveredSeconds: compared.recoveredSeconds ?? null,
})

export function summaryJson(summary: Summary): SummaryJson {
  const { startedAt, endedAt, onset, requests } = summary
  const seconds = (ms: number) => Number((ms / 1_000).toFixed(3))
  const moment = (at: number): Moment => ({
    epochMs: at,
    iso: new Date(at).toISOString(),
    secondsAfterStart: seconds(at - startedAt),
    secondsAfterOnset: onset === undefined || at < onset ? null : seconds(at - onset),
  })
  const maybe = (at: number | undefined) => (at === undefined ? null : moment(at))
  return {
    scenario: summary.scenario,
    fault: summary.fault,
    withController: summary.withController,
    healed: summary.healed,
    why: summary.healed ? null : (summary.why ?? null),
    startedAt: moment(startedAt),
    endedAt: moment(endedAt),
    durationSeconds: seconds(endedAt - startedAt),
    onset: maybe(onset),
    detected: maybe(summary.detected),
    firstAct: maybe(summary.firstAct),
    mitigated: maybe(summary.mitigated),
    recovered: maybe(summary.recovered),
    requests: {
      sent: requests.sent,
      ok: requests.ok,
      failed: requests.failed,
      failedRatio: requests.sent === 0 ? null : Number((requests.failed / requests.sent).toFixed(6)),
      failedBeforeFirstAct: requests.failedBeforeFirstAct,
      failedAfterFirstAct: requests.failedAfterFirstAct ?? null,
    },
    replicas: summary.replicas,
    acts: summary.acts.map(({ at, service, what }) => ({ at: moment(at), service, what })),
    estimateWithoutController: summary.estimate ?? null,
    compared: summary.compared ?? null,
    comparedShedding: summary.comparedShedding === undefined ? null : nulled(summary.comparedShedding),
  }
}
