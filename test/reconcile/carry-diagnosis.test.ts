// How a diagnosis lives with its Incident: made while it is open, told when it changes, kept when it is over.
import { beforeEach, describe, expect, it } from 'vitest'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import type { ResourceReading } from '../../controller/model/resource.ts'
import { carryDiagnosis } from '../../controller/reconcile/carry-diagnosis.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { guardStatusOf } from '../../controller/reconcile/tell.ts'
import { keepIncident, keepStatus } from '../../controller/reconcile/write-status.ts'
import { bindingResourceOf } from '../../controller/record/diagnosis.ts'
import { advanceIncident } from '../../controller/record/incidents.ts'
import { type Leader, useRig } from './rig.ts'

const rig = useRig()
const T0 = Date.UTC(2026, 0, 1)

let leader: Leader
let session: Session
let readings: ResourceReading[]
let isNews: boolean
let troubled: boolean[]

beforeEach(async () => {
  leader = await rig.leader()
  readings = []
  isNews = true
  troubled = []
  const begun = await leader.begin()
  session = {
    ...begun,
    resources: {
      ...begun.resources,
      turn: (isTroubled) => troubled.push(isTroubled),
      takeNews: () => isNews,
      readings: () => readings,
    },
  }
})

const sockets = (used: number): ResourceReading => ({
  resource: 'sockets',
  kind: 'ok',
  utilisation: used / 100,
  of: 'node shop/n',
  amount: `${used} of 100 TIME_WAIT`,
  evidence: `${used} of 100 ports are in TIME_WAIT.`,
})

/** A reading at this second, with errors at 40 % or none. */
function read(second: number, isBad = true): void {
  const { plan, state } = session
  const at = T0 + second * 1000
  const observations = { errors: { kind: 'ok', value: isBad ? 0.4 : 0 }, cpu: { kind: 'ok', value: 0.6 } } as const
  const assessment = evaluate(observations, plan.rules, state.limits, at)
  const subject = { namespace: 'shop', guard: 'checkout', target: plan.spec.target }
  const circumstances = { reopenWithinMs: 0, critical: undefined }
  const incident = advanceIncident(subject, state.incident, assessment.findings, at, circumstances) ?? state.incident
  session.state = { ...state, limits: assessment.limits, incident }
  carryDiagnosis(leader.deps, session, assessment)
}

const diagnosis = () => session.state.incident?.status.diagnosis
const story = () => session.state.incident?.status.timeline.filter(({ what }) => what.startsWith('Diagnosis'))

describe('a diagnosis', () => {
  it('is made once a breach is confirmed, and looked for from the first reading past the limit on', () => {
    readings = [sockets(99)]
    read(0, false)
    read(1)
    expect(diagnosis()).toBeUndefined()
    read(3)
    expect(troubled).toEqual([false, true, true])
    expect(diagnosis()).toEqual({
      at: '2026-01-01T00:00:03.000Z',
      summary: 'TCP sockets (99 of 100 TIME_WAIT, High)',
      resource: 'sockets',
      utilisation: 0.99,
      of: 'node shop/n',
      confidence: 'High',
      evidence: ['99 of 100 ports are in TIME_WAIT.'],
      ruledOut: [{ resource: 'cpu', utilisation: 0.6, text: 'CPU 60 %' }],
    })
    expect(story()?.map(({ what }) => what)).toEqual(['Diagnosis: TCP sockets (99 of 100 TIME_WAIT, High)'])
    expect(bindingResourceOf(session.state.incident)).toBe('sockets')
  })

  it('is made anew only when something was read, and other numbers alone are kept now and then', () => {
    readings = [sockets(95)]
    for (const second of [0, 2]) read(second)
    isNews = false
    readings = []
    read(40)
    expect(diagnosis()?.utilisation).toBe(0.95)
    isNews = true
    readings = [sockets(97)]
    read(41)
    readings = [sockets(99)]
    read(46)
    expect(diagnosis()?.utilisation).toBe(0.97)
    expect(story()).toHaveLength(1)
  })

  it('outlasts readings that name nothing for half a minute, and is then not known', () => {
    readings = [sockets(99)]
    for (const second of [0, 2]) read(second)
    readings = [sockets(10)]
    for (const second of [7, 31]) read(second)
    expect(diagnosis()?.resource).toBe('sockets')
    read(33)
    expect(diagnosis()).toMatchObject({
      summary: expect.stringMatching(/^not known: Nothing that is observed is used up/),
    })
    expect(diagnosis()).not.toHaveProperty('resource')
    expect(story()).toHaveLength(2)
    expect(bindingResourceOf(session.state.incident)).toBeUndefined()
  })

  it('stays with the Incident as it was last when all is back under the limits', () => {
    readings = [sockets(99)]
    for (const second of [0, 2]) read(second)
    readings = []
    for (const second of [10, 50, 90]) read(second, false)
    expect(session.state.incident?.status.phase).toBe('Resolved')
    expect(diagnosis()?.resource).toBe('sockets')
    expect(guardStatusOf(session, undefined).diagnosis).toBeUndefined()
    expect(bindingResourceOf(session.state.incident)).toBeUndefined()
  })

  it('is in the Incident and the status that a successor reads', async () => {
    readings = [sockets(99)]
    for (const second of [0, 2]) read(second)
    await keepIncident({ ...leader.deps }, session, session.state.incident)
    await keepStatus({ ...leader.deps }, session, guardStatusOf(session, undefined))
    const restored = await (await rig.leader()).restore()
    expect(restored?.state.incident?.status.diagnosis).toEqual(diagnosis())
    expect(restored?.status.diagnosis).toEqual(diagnosis())
  })
})
