// One run as it happens: moves through its steps, switches the fault, and remembers what the summary needs.
import type { LoadSecond } from '../load/seconds.ts'
import type { Summary, ViewState } from '../view/model.ts'
import { type Durations, nextStep, type Step, type StepKind } from './timeline.ts'
import { type IncidentTimes, isWell, summarise } from './verdict.ts'

/** What a run needs of the sandbox. */
export interface Subject {
  readonly shop: {
    areDeploymentsReady(): boolean
    areGuardsWatching(): boolean
    replicas(): ReadonlyMap<string, number>
    incidents(): readonly IncidentTimes[]
    exhausted(): string | undefined
    acts(): Summary['acts']
    shed(): readonly string[]
  }
  readonly faults: { active(): readonly string[]; on(name: string): Promise<void>; off(name: string): Promise<void> }
  readonly load: { stats(): readonly LoadSecond[] }
}

export interface CourseOptions {
  readonly fault: { readonly name: string; readonly summary: string; readonly target: string }
  readonly withController: boolean
  readonly durations: Durations
  /** Epoch ms. */
  readonly startedAt: number
  readonly compared: Summary['compared']
  readonly comparedShedding: Summary['comparedShedding']
  /** Told in a sentence what could not be done. */
  readonly onTrouble: (what: string) => void
}

export interface Course {
  readonly step: StepKind
  /** Undefined until the run is over. */
  readonly summary: Summary | undefined
  /** Looks at everything and moves on. Call it a few times a second. */
  tick(subject: Subject, now: number): void
  /** Switches the fault by hand. */
  toggleFault(subject: Subject): void
  view(now: number): Pick<ViewState, 'phase' | 'fault' | 'summary'>
}

const LONGEST_RECORD_SECONDS = 600

export function createCourse(options: CourseOptions): Course {
  const { fault, withController, durations, startedAt } = options
  let step: Step = { kind: 'starting', since: startedAt }
  let faultAt: number | undefined
  let faultOffAt: number | undefined
  let switchedAt = startedAt
  let isFaultOn = false
  let atFaultOff: readonly IncidentTimes[] = []
  let exhausted: string | undefined
  let before: ReadonlyMap<string, number> = new Map()
  const peak = new Map<string, number>()
  const load = new Map<number, LoadSecond>()
  let incidents: readonly IncidentTimes[] = []
  let summary: Summary | undefined

  function remember({ shop, load: generator }: Subject): void {
    for (const second of generator.stats()) load.set(second.at, second)
    for (const at of load.keys()) {
      if (load.size <= LONGEST_RECORD_SECONDS) break
      load.delete(at)
    }
    if (faultAt === undefined) return
    for (const [name, replicas] of shop.replicas()) peak.set(name, Math.max(peak.get(name) ?? 0, replicas))
    // One that a person removed, or that was over before the fault, is not of this run.
    const began = faultAt
    incidents = shop.incidents().filter((one) => one.onset >= began - 1_000)
    if (step.kind === 'fault') exhausted = shop.exhausted() ?? exhausted
  }

  function enter(kind: StepKind, subject: Subject, now: number): void {
    if (kind === 'fault') {
      faultAt = now
      faultOffAt = undefined
      before = subject.shop.replicas()
      peak.clear()
      exhausted = undefined
      summary = undefined
      turn(subject, true)
    } else if (kind === 'recovering') {
      faultOffAt = now
      atFaultOff = incidents
      turn(subject, false)
    } else if (kind === 'over') {
      summary = summariseNow(subject, now)
    }
  }

  function turn({ faults }: Subject, on: boolean): void {
    if (faults.active().includes(fault.name) === on) return
    const done = on ? faults.on(fault.name) : faults.off(fault.name)
    done.catch((error: unknown) => options.onTrouble(`${fault.name} could not be switched: ${String(error)}`))
  }

  function summariseNow({ shop }: Subject, now: number): Summary {
    const began = faultAt ?? now
    const after = shop.replicas()
    return summarise({
      scenario: fault.name,
      fault: fault.summary,
      target: fault.target,
      withController,
      startedAt,
      faultAt: began,
      faultOffAt,
      endedAt: now,
      incidentsAtFaultOff: atFaultOff,
      incidents,
      exhausted,
      load: [...load.values()].sort((a, b) => a.at - b.at),
      replicas: [...peak].flatMap(([service, most]) => {
        const [first = most, last = most] = [before.get(service), after.get(service)]
        return first === most && last === most ? [] : [{ service, before: first, peak: most, after: last }]
      }),
      acts: shop.acts().filter(({ at }) => at >= began),
      compared: options.compared,
      comparedShedding: options.comparedShedding,
    })
  }

  function isAsBefore({ shop }: Subject): boolean {
    const now = shop.replicas()
    const lastSeconds = [...load.values()].slice(-3)
    return (
      incidents.every(({ phase }) => phase === 'Resolved') &&
      shop.shed().length === 0 &&
      [...before].every(([name, replicas]) => now.get(name) === replicas) &&
      lastSeconds.every(isWell)
    )
  }

  return {
    get step() {
      return step.kind
    },
    get summary() {
      return summary
    },
    tick(subject, now) {
      remember(subject)
      const isOn = subject.faults.active().includes(fault.name)
      if (isOn !== isFaultOn) {
        isFaultOn = isOn
        switchedAt = now
      }
      const { shop } = subject
      const next = nextStep(
        step,
        {
          isReady: shop.areDeploymentsReady() && (!withController || shop.areGuardsWatching()),
          isFaultOn: isOn,
          isAsBefore: isAsBefore(subject),
        },
        durations,
        now,
      )
      if (next === step) return
      step = next
      enter(next.kind, subject, now)
    },
    toggleFault(subject) {
      turn(subject, !isFaultOn)
      // A run that is over begins again with its fault.
      if (step.kind === 'over' && !isFaultOn) step = { kind: 'calm', since: Date.now() }
    },
    view: () => ({
      phase: phaseOf(step.kind, fault.name, incidents, summary),
      fault: { name: fault.name, summary: fault.summary, isOn: isFaultOn, since: switchedAt },
      summary,
    }),
  }
}

function phaseOf(
  step: StepKind,
  fault: string,
  incidents: readonly IncidentTimes[],
  summary: Summary | undefined,
): string {
  switch (step) {
    case 'starting':
      return 'starting: the shop opens'
    case 'calm':
      return 'calm: load as on any day'
    case 'fault': {
      if (incidents.length === 0) return `${fault} begins`
      return incidents.some(({ phase }) => phase === 'Open') ? `${fault}: past its limits` : `${fault}: under control`
    }
    case 'recovering':
      return `${fault} is over: back to normal`
    case 'over':
      return summary?.healed === true ? 'healed' : 'over, not healed'
    case 'failed':
      return 'could not start'
  }
}
