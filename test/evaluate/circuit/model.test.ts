// The circuit against a small reference model, over random days: readings, gaps, overrides, restarts and clock jumps.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forgetCircuitTimers } from '../../../controller/evaluate/circuit/timers.ts'
import { forgetTimers } from '../../../controller/evaluate/evaluate.ts'
import { CIRCUIT_MODES, type Circuit, type CircuitMode, stateOf } from '../../../controller/model/circuit.ts'
import { breachesStatus, restoreLimits } from '../../../controller/record/status.ts'
import { CALM_WORDS, HOLD_MS, NEW, RULES, type Subject, throughJson, tick, WORDS, type Words } from './support.ts'

const NAMES = ['cpu', 'errors', 'latency'] as const

/** The rules as one would tell them, with a memory of its own. */
class Reference {
  state = 'Closed'
  mode: CircuitMode = 'Auto'
  endsAt = Number.POSITIVE_INFINITY
  closedAt = 0
  trips = 0
  row = 0
  causes: string[] = []
  pastFor: number | undefined
  started = false

  force(mode: CircuitMode, now: number): void {
    const was = this.mode
    const first = !this.started
    this.started = true
    if (first) this.closedAt = now
    if (was === mode) return
    this.mode = mode
    if (mode.startsWith('Forced') || was.startsWith('Forced')) {
      this.pastFor = undefined
      this.closedAt = now
      this.endsAt = Number.POSITIVE_INFINITY
      if (mode === 'ForcedOpen') this.state = 'Open'
      else if (mode === 'ForcedClosed') this.state = 'Closed'
      else if (was === 'ForcedOpen') {
        this.state = 'HalfOpen'
        this.causes = []
        this.endsAt = now + RULES.halfOpenMs
      }
    }
  }

  see(now: number, words: Words, limits: Subject['limits']): void {
    if (this.mode.startsWith('Forced')) return
    const past = NAMES.filter((name) => words[name] === 'past')
    if (this.state === 'Open') {
      if (now < this.endsAt) return
      this.state = 'HalfOpen'
      this.endsAt = now + RULES.halfOpenMs
    } else if (this.state === 'HalfOpen') {
      this.pastFor = past.length > 0 ? (this.pastFor ?? now) : undefined
      const over = now >= this.endsAt
      if (this.pastFor !== undefined && (over || now - this.pastFor >= HOLD_MS)) this.trip(now, past, this.row + 1)
      else if (over && this.isBlind(words)) this.open(now)
      else if (over) {
        this.state = 'Closed'
        this.endsAt = Number.POSITIVE_INFINITY
        this.closedAt = now
      }
    } else {
      const breached = past.filter((name) => limits[name].phase === 'breached')
      if (breached.length === 0) {
        this.pastFor = undefined
        return
      }
      const isNew = breached.some((name) => {
        const limit = limits[name]
        return limit.phase === 'breached' && limit.confirmedAt >= this.closedAt
      })
      this.pastFor ??= now
      if (!isNew && now - this.pastFor < HOLD_MS) return
      this.trip(now, breached, now - this.closedAt >= RULES.maxOpenMs ? 1 : this.row + 1)
    }
  }

  jump(now: number): void {
    this.pastFor = undefined
    this.closedAt = Math.min(this.closedAt, now)
    if (this.endsAt === Number.POSITIVE_INFINITY) return
    this.endsAt = now + (this.state === 'Open' ? this.openMs() : RULES.halfOpenMs)
  }

  private isBlind(words: Words): boolean {
    const causes = NAMES.filter((name) => this.causes.includes(name) && words[name] !== 'absent')
    if (causes.length > 0) return causes.some((name) => words[name] === 'blind')
    return NAMES.every((name) => words[name] === 'blind' || words[name] === 'absent')
  }

  private trip(now: number, causes: string[], row: number): void {
    this.trips++
    this.row = row
    this.causes = causes
    this.open(now)
  }

  private openMs(): number {
    return Math.min(RULES.maxOpenMs, RULES.openMs * Math.max(1, this.row))
  }

  private open(now: number): void {
    this.state = 'Open'
    this.pastFor = undefined
    this.closedAt = now
    this.endsAt = now + this.openMs()
  }
}

interface Real {
  subject: Subject
  now: number
  mode: CircuitMode
}

type Command = fc.Command<Reference, Real>

class Tick implements Command {
  readonly gapMs: number
  readonly words: Words
  constructor(gapMs: number, words: Words) {
    this.gapMs = gapMs
    this.words = words
  }
  check = () => true
  run(model: Reference, real: Real): void {
    real.now += this.gapMs
    const rules = { ...RULES, mode: real.mode }
    const before = real.subject
    const after = tick(before, this.words, real.now, rules)
    expect(tick(before, this.words, real.now, rules)).toEqual(after)
    expect(tick({ ...before, circuit: throughJson(before.circuit) }, this.words, real.now, rules).circuit).toEqual(
      after.circuit,
    )
    real.subject = after
    model.force(real.mode, real.now)
    model.see(real.now, this.words, after.limits)
    expectAgreement(model, after.circuit)
    expectBounds(after.circuit, real, before.circuit)
  }
  toString = () => `tick +${this.gapMs} ${Object.values(this.words).join(' ')}`
}

class SetMode implements Command {
  readonly mode: CircuitMode
  constructor(mode: CircuitMode) {
    this.mode = mode
  }
  check = () => true
  run(_: Reference, real: Real): void {
    real.mode = this.mode
  }
  toString = () => `mode ${this.mode}`
}

class Restart implements Command {
  check = () => true
  run(_: Reference, real: Real): void {
    const { limits, circuit } = real.subject
    const breaches: unknown = JSON.parse(JSON.stringify(breachesStatus(limits)))
    real.subject = {
      limits: restoreLimits({ breaches: breaches as ReturnType<typeof breachesStatus> }),
      circuit: throughJson(circuit),
    }
  }
  toString = () => 'restart'
}

class Jump implements Command {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  check = () => true
  run(model: Reference, real: Real): void {
    real.now = Math.max(0, real.now + this.ms)
    const { limits, circuit } = real.subject
    real.subject = { limits: forgetTimers(limits), circuit: forgetCircuitTimers(circuit, RULES, real.now) }
    if (circuit !== undefined) model.jump(real.now)
  }
  toString = () => `jump ${this.ms}`
}

function expectAgreement(model: Reference, circuit: Circuit): void {
  const { judged, mode, trips, inARow, causes, until = Number.POSITIVE_INFINITY } = circuit
  expect({ judged, mode, trips, inARow, causes, until }).toEqual({
    judged: model.state,
    mode: model.mode,
    trips: model.trips,
    inARow: model.row,
    causes: model.causes,
    until: model.endsAt,
  })
}

/** What must hold whatever the reference says. */
function expectBounds(circuit: Circuit, { now }: Real, before: Circuit | undefined): void {
  const { judged, mode, until } = circuit
  if (judged === 'HalfOpen') expect(until).toBeLessThanOrEqual(now + RULES.halfOpenMs)
  if (judged === 'HalfOpen') expect(until).toBeGreaterThan(now)
  if (judged === 'Open' && mode !== 'ForcedOpen') {
    expect(until).toBeLessThanOrEqual(now + RULES.maxOpenMs)
    expect(until).toBeGreaterThan(now)
  }
  if (judged === 'Closed') expect(until).toBeUndefined()
  if (mode === 'ForcedOpen') expect(stateOf(circuit)).toBe('Open')
  if (mode === 'ForcedClosed' || mode === 'MetricsOnly') expect(stateOf(circuit)).toBe('Closed')
  expect(circuit.trips).toBeGreaterThanOrEqual(before?.trips ?? 0)
}

const words: fc.Arbitrary<Words> = fc.record({
  cpu: fc.constantFrom(...WORDS),
  errors: fc.constantFrom(...WORDS),
  latency: fc.constantFrom(...WORDS),
})
/** Readings come in spells: what is so is so for a while. */
const spellOf = (what: fc.Arbitrary<Words>) =>
  fc
    .tuple(what, fc.array(fc.integer({ min: 1, max: 12_000 }), { minLength: 1, maxLength: 6 }))
    .map(([said, gaps]) => gaps.map((gap): Command => new Tick(gap, said)))
const spells = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: spellOf(words) },
    { weight: 3, arbitrary: spellOf(fc.constant({ ...CALM_WORDS, errors: 'past' })) },
    { weight: 3, arbitrary: spellOf(fc.constant(CALM_WORDS)) },
    { weight: 1, arbitrary: fc.constantFrom(...CIRCUIT_MODES, 'Auto' as const).map((mode) => [new SetMode(mode)]) },
    { weight: 1, arbitrary: fc.constant([new Restart()]) },
    { weight: 1, arbitrary: fc.integer({ min: -100_000, max: 100_000 }).map((ms) => [new Jump(ms)]) },
  ),
  { maxLength: 25 },
)

describe('whatever is observed, asked for and restarted', () => {
  it('the circuit does as the reference model', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(spells, (commands) => {
        fc.modelRun(
          () => {
            const real: Real = { subject: NEW, now: 1_000_000, mode: 'Auto' }
            return { model: new Reference(), real }
          },
          watching(commands.flat(), seen),
        )
      }),
      { numRuns: 400 },
    )
    // A model-based test that never left the closed state would prove nothing.
    for (const move of ['Closed→Open', 'Open→HalfOpen', 'HalfOpen→Closed', 'HalfOpen→Open'])
      expect([...seen]).toContain(move)
  })

  it('half-open ends within its time from wherever it was, however it is observed from then on', () => {
    let checked = 0
    fc.assert(
      fc.property(spells, fc.array(words, { minLength: 1 }), (commands, then) => {
        const real: Real = { subject: NEW, now: 1_000_000, mode: 'Auto' }
        const model = new Reference()
        for (const command of commands.flat()) command.run(model, real)
        let { subject, now } = real
        if (subject.circuit?.judged !== 'HalfOpen') return
        checked++
        const seconds = Array.from({ length: RULES.halfOpenMs / 1000 + 1 }, (_, index) => index)
        const states = seconds.map((index) => {
          now += 1000
          subject = tick(subject, then[index % then.length] ?? CALM_WORDS, now)
          return subject.circuit?.judged
        })
        expect(states.some((state) => state !== 'HalfOpen')).toBe(true)
      }),
      { numRuns: 300 },
    )
    expect(checked).toBeGreaterThan(10)
  })
})

/** Notes which moves were made. */
function watching(commands: readonly Command[], seen: Set<string>): Command[] {
  return commands.map((command) => ({
    check: () => true,
    run(model: Reference, real: Real) {
      const before = real.subject.circuit
      command.run(model, real)
      const after = real.subject.circuit
      if (before !== undefined && after !== undefined) seen.add(`${before.judged}→${after.judged}`)
    },
    toString: () => String(command),
  }))
}
