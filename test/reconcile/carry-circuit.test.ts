// What is told of a circuit, and that a successor goes on with it exactly: through the API server and back.
import { beforeEach, describe, expect, it } from 'vitest'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import type { EventNote } from '../../controller/kube/events.ts'
import type { CircuitMode } from '../../controller/model/circuit.ts'
import type { Observation } from '../../controller/model/signal.ts'
import { carryCircuit } from '../../controller/reconcile/carry-circuit.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { guardStatusOf } from '../../controller/reconcile/tell.ts'
import { keepStatus } from '../../controller/reconcile/write-status.ts'
import { type Leader, useRig } from './rig.ts'

const rig = useRig()
const T0 = Date.UTC(2026, 0, 1)

let leader: Leader
let session: Session
let told: EventNote[]

beforeEach(async () => {
  leader = await rig.leader()
  session = await leader.begin()
  told = []
})

const errors = (value: number | undefined): Observation =>
  value === undefined ? { kind: 'unknown', why: 'timeout' } : { kind: 'ok', value }

/** A reading at this second, judged as the loop does. */
function read(second: number, value: number | undefined): void {
  const { log } = leader.deps
  const assessment = evaluate({ errors: errors(value) }, session.plan.rules, session.state.limits, T0 + second * 1000)
  session.state = { ...session.state, limits: assessment.limits }
  carryCircuit({ log, events: { record: (event) => told.push(event) } }, session, assessment)
}

function setMode(mode: CircuitMode): void {
  session.plan = { ...session.plan, circuit: { ...session.plan.circuit, mode } }
}

const reasons = () => told.map(({ reason, note }) => `${reason}: ${note}`)

describe('a circuit is told', () => {
  it('when it opens, and when it closes, with why', () => {
    for (const second of [0, 2]) read(second, 0.4)
    for (const second of [3, 32, 62]) read(second, 0.01)
    expect(session.state.circuit).toMatchObject({ judged: 'Closed', trips: 1 })
    expect(reasons()).toEqual([
      'CircuitOpened: The circuit is open: Error ratio is 40 %, over its limit of 5 %.',
      'CircuitClosed: The circuit is closed again: Within its limits while half-open.',
    ])
  })

  it('not when it opens again only since nothing was seen', () => {
    for (const second of [0, 2]) read(second, 0.4)
    for (const second of [32, 62, 92, 122, 152]) read(second, undefined)
    expect(session.state.circuit).toMatchObject({ judged: 'HalfOpen', trips: 1 })
    expect(told.length).toBe(1)
  })

  it('when it is forced, and never in the mode MetricsOnly', () => {
    setMode('MetricsOnly')
    for (const second of [0, 2]) read(second, 0.4)
    expect(session.state.circuit?.judged).toBe('Open')
    expect(told).toEqual([])
    setMode('ForcedClosed')
    read(3, 0.4)
    expect(told).toEqual([])
    setMode('ForcedOpen')
    read(4, 0.4)
    setMode('MetricsOnly')
    read(5, 0.4)
    expect(reasons()).toEqual([
      'CircuitOpened: The circuit is open: Forced open by spec.circuit.mode.',
      'CircuitClosed: The circuit is closed again: spec.circuit.mode is MetricsOnly.',
    ])
  })
})

describe('a successor', () => {
  it.each<[string, readonly [number, number | undefined][]]>([
    ['closed', [[0, 0.01]]],
    [
      'open',
      [
        [0, 0.4],
        [2.0004, 0.4],
      ],
    ],
    [
      'half-open',
      [
        [0, 0.4],
        [2, 0.4],
        [32, 0.01],
      ],
    ],
    [
      'half-open and past a limit',
      [
        [0, 0.4],
        [2, 0.4],
        [32, 0.01],
        [34, 0.3],
      ],
    ],
    [
      'open for the second time',
      [
        [0, 0.4],
        [2, 0.4],
        [32, 0.01],
        [62, 0.3],
      ],
    ],
  ])('of a leader whose circuit was %s goes on exactly there', async (_, readings) => {
    for (const [second, value] of readings) read(second, value)
    await keepStatus(leader.deps, session, guardStatusOf(session, undefined))
    const successor = await rig.leader()
    expect((await successor.restore())?.state.circuit).toEqual(session.state.circuit)
  })
})
