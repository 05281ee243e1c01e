// What the diagnosis points to is shed first, or asked to switch, as long as it is sure enough and of now.
import { expect, it } from 'vitest'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM } from '../../controller/model/assessment.ts'
import type { Incident } from '../../controller/model/incident.ts'
import type { DiagnosisStatus } from '../../controller/model/resource.ts'
import { carryLadder } from '../../controller/reconcile/carry-ladder.ts'
import { planOf } from '../../controller/reconcile/guard-plan.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { timestamp } from '../../controller/record/status.ts'
import { aGroup } from '../decide/failover-view.ts'
import { aFeature, guardSpec, known, SLOW } from '../decide/ladder-world.ts'
import { useRig } from './rig.ts'

const rig = useRig()
const needs = (dependency: string) => ({ labels: { 'evenkeel.dev/dependency': dependency } })
const FEATURES = [
  aFeature('reviews', 'Sheddable', needs('reviews-api')),
  aFeature('search', 'Sheddable', needs('database')),
  aFeature('tips', 'Sheddable'),
]

it.each<[string, Partial<DiagnosisStatus> | undefined, readonly string[]]>([
  ['a dependency, by its name', { resource: 'dependency', of: 'reviews-api', confidence: 'High' }, ['reviews']],
  ['another resource, by its kind', { resource: 'database', of: 'db/pg-0', confidence: 'Medium' }, ['search']],
  ['not what is little sure', { resource: 'database', confidence: 'Low' }, ['reviews', 'search', 'tips']],
  ['nothing, while it is not known', {}, ['reviews', 'search', 'tips']],
  ['nothing, without a diagnosis', undefined, ['reviews', 'search', 'tips']],
])('%s', async (_, found, features) => {
  const session = await sessionWith([{ degrade: {} }], found, 'Open')
  session.surroundings = { ...session.surroundings, features: FEATURES }
  expect(carry(session).proposal).toMatchObject({ remedy: 'degrade', features })
})

it.each<[string, Partial<DiagnosisStatus> | undefined, Incident['status']['phase'], boolean]>([
  ['a group is asked when what is open points to it', { resource: 'database', confidence: 'High' }, 'Open', true],
  ['not without a diagnosis', undefined, 'Open', false],
  ['not for what is over', { resource: 'database', confidence: 'High' }, 'Resolved', false],
])('%s', async (_, found, phase, isAsked) => {
  const session = await sessionWith([{ failover: { group: 'shop-db' } }], found, phase)
  session.surroundings = { ...session.surroundings, groups: [aGroup()] }
  const { proposal, exhausted } = carry(session)
  expect(proposal).toEqual(isAsked ? expect.objectContaining({ remedy: 'failover', group: 'shop-db' }) : undefined)
  expect(exhausted).toEqual(isAsked ? undefined : expect.stringContaining('with nothing that points to shop-db'))
})

const AT = '2026-01-01T00:00:00Z'

async function sessionWith(
  remedies: readonly object[],
  found: Partial<DiagnosisStatus> | undefined,
  phase: Incident['status']['phase'],
): Promise<Session> {
  const leader = await rig.leader()
  const session = await leader.begin()
  session.plan = planOf(guardSpec(remedies))
  const at = timestamp(leader.deps.clock.now())
  const diagnosis = found === undefined ? {} : { diagnosis: { at, summary: 's', evidence: [], ruledOut: [], ...found } }
  const incident: Incident = {
    name: 'checkout-1',
    namespace: 'shop',
    spec: { guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } },
    status: { phase, summary: 's', onset: AT, detectedAt: AT, findings: [], actions: [], timeline: [], ...diagnosis },
  }
  session.state = { ...session.state, incident }
  return session
}

/** One reading past a limit. */
function carry(session: Session) {
  const observations = { ...SLOW, replicasReady: known(2) }
  const assessment = evaluate(observations, session.plan.rules, ALL_CALM, rig.time.now())
  return carryLadder(session, assessment, 2, 2, true)
}
