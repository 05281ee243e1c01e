// `evenkeel sandbox`: one run from start to verdict, shown as it happens.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { SandboxError } from './errors.ts'
import { FAULTS } from './faults/catalog.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { type Course, createCourse } from './scenario/course.ts'
import { DURATIONS } from './scenario/timeline.ts'
import { openStateFolder, type StateFolder } from './state/state-folder.ts'
import { type Collector, createCollector } from './view/collect.ts'
import type { Summary, ViewState } from './view/model.ts'
import { summaryJson } from './view/summary.ts'
import { startView } from './view/view.ts'

export interface RunFlags {
  /** One of FAULTS. */
  readonly fault: string
  readonly exit: boolean
  readonly json?: string
  readonly controller: boolean
  readonly shedding: boolean
  readonly keep: boolean
  readonly plain: boolean
  readonly state?: string
}

const TICK_MS = 250
const [HEALED, NOT_HEALED] = [0, 1]
/** As shells count it: 128 and the signal. */
const BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Runs until the end of the scenario, `q` or a signal, and returns the exit code. Throws SandboxError. */
export async function runSandbox(flags: RunFlags): Promise<number> {
  const fault = FAULTS.find(({ name }) => name === flags.fault)
  if (fault === undefined) throw new SandboxError(`there is no fault ${flags.fault}: see evenkeel sandbox --help`)
  const startedAt = Date.now()
  const ending = new AbortController()
  const endedBy = endOnSignals(ending)
  const state = openStateFolder(flags.state)
  const collector = createCollector()
  const onTrouble = (what: string) => collector.tell('trouble', what)
  const course = createCourse({
    fault,
    withController: flags.controller,
    durations: DURATIONS,
    startedAt,
    compared: readOther(state, flags),
    comparedShedding: readOtherShedding(state, flags),
    onTrouble,
  })
  let sandbox: Sandbox | undefined
  const view = startView({
    plain: flags.plain,
    read: () => stateOf(course, sandbox, collector, startedAt, flags.controller),
    onQuit: () => ending.abort(),
    onFault: () => sandbox !== undefined && course.toggleFault(sandbox),
    footer: { kubeconfig: join(state.path, 'kubeconfig') },
  })
  try {
    collector.tell('note', `kubeconfig, endpoints.json and logs are in ${state.path}`)
    sandbox = await startSandbox({
      state,
      withController: flags.controller,
      withShedding: flags.shedding,
      collector,
      onTrouble,
      signal: ending.signal,
    })
    await runCourse(course, sandbox, ending.signal, flags, (summary) => keepSummary(summary, state, flags, sandbox))
  } catch (error) {
    if (!ending.signal.aborted) throw error
  } finally {
    view.stop()
    await sandbox?.stop()
    await state.close()
  }
  const signal = endedBy()
  if (signal !== undefined) return BY_SIGNAL[signal]
  if (!flags.exit && course.summary === undefined) return HEALED
  return course.summary?.healed === true || !endsByItself(flags) ? HEALED : NOT_HEALED
}

/** On a terminal a person ends it; elsewhere nobody could. */
function endsByItself({ exit, keep }: RunFlags): boolean {
  return exit || (!keep && process.stdout.isTTY !== true)
}

async function runCourse(
  course: Course,
  sandbox: Sandbox,
  signal: AbortSignal,
  flags: RunFlags,
  onSummary: (summary: Summary) => void,
): Promise<void> {
  let told: Summary | undefined
  while (!signal.aborted) {
    course.tick(sandbox, Date.now())
    if (course.step === 'failed')
      throw new SandboxError('the shop did not get well before any fault: is this machine very busy?')
    if (course.summary !== undefined && course.summary !== told) {
      told = course.summary
      onSummary(told)
      if (endsByItself(flags)) return
    }
    await sleep(TICK_MS, undefined, { signal }).catch(() => {})
  }
}

function stateOf(
  course: Course,
  sandbox: Sandbox | undefined,
  collector: Collector,
  startedAt: number,
  withController: boolean,
): ViewState {
  const now = Date.now()
  const seen = sandbox?.view() ?? {
    load: [],
    controller: { kind: withController ? ('running' as const) : ('off' as const), restarts: 0 },
  }
  return { now, startedAt, ...collector.snapshot(now), ...seen, ...course.view(now) }
}

/** The first signal ends the run in order; a second one ends the process. */
function endOnSignals(ending: AbortController): () => keyof typeof BY_SIGNAL | undefined {
  let by: keyof typeof BY_SIGNAL | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (by !== undefined) process.exit(BY_SIGNAL[signal])
      by = signal
      ending.abort()
    })
  }
  return () => by
}

type How = Pick<RunFlags, 'controller' | 'shedding'>

function fileOf(fault: string, { controller, shedding }: How): string {
  if (!controller) return `run-${fault}-without-controller.json`
  return `run-${fault}-${shedding ? 'with-controller' : 'without-shedding'}.json`
}

function keepSummary(summary: Summary, state: StateFolder, flags: RunFlags, sandbox: Sandbox | undefined): void {
  const first = sandbox?.firstTickMs()
  const text = `${JSON.stringify({ ...summaryJson(summary), startToFirstTickSeconds: first === undefined ? null : Math.round(first) / 1000 }, undefined, 2)}\n`
  writeFileSync(join(state.path, fileOf(flags.fault, flags)), text)
  if (flags.json === undefined) return
  try {
    writeFileSync(flags.json, text)
  } catch (cause) {
    throw new SandboxError(`the summary could not be written to ${flags.json}`, { cause })
  }
}

const MAYBE_MOMENT = z.object({ secondsAfterOnset: z.number().nullable() }).nullable()
const KEPT = z.object({
  requests: z.object({ sent: z.number(), failed: z.number() }),
  mitigated: MAYBE_MOMENT,
  recovered: MAYBE_MOMENT,
})

function readKept(state: StateFolder, fault: string, how: How): z.output<typeof KEPT> | undefined {
  try {
    return KEPT.parse(JSON.parse(readFileSync(join(state.path, fileOf(fault, how)), 'utf8')))
  } catch {
    return undefined
  }
}

/** The run of the same fault the other way, with or without the controller, when its summary lies in the same folder. */
function readOther(state: StateFolder, { fault, controller }: RunFlags): Summary['compared'] {
  const kept = readKept(state, fault, { controller: !controller, shedding: true })
  return kept === undefined ? undefined : { withController: !controller, ...countsOf(kept) }
}

/** The run of the same fault with the controller, but the other way about shedding. */
function readOtherShedding(state: StateFolder, { fault, controller, shedding }: RunFlags): Summary['comparedShedding'] {
  const kept = controller ? readKept(state, fault, { controller, shedding: !shedding }) : undefined
  if (kept === undefined) return undefined
  return {
    withShedding: !shedding,
    ...countsOf(kept),
    mitigatedSeconds: kept.mitigated?.secondsAfterOnset ?? undefined,
    recoveredSeconds: kept.recovered?.secondsAfterOnset ?? undefined,
  }
}

const countsOf = ({ requests: { sent, failed } }: z.output<typeof KEPT>) => ({ sent, failed })
