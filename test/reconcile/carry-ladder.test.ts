// What the diagnosis points to is shed first, as long as it is sure enough.
import { expect, it } from 'vitest'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM } from '../../controller/model/assessment.ts'
import type { Incident } from '../../controller/model/incident.ts'
import type { DiagnosisStatus } from '../../controller/model/resource.ts'
import { carryLadder } from '../../controller/reconcile/carry-ladder.ts'
import { planOf } from '../../controller/reconcile/guard-plan.ts'
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
  const leader = await rig.leader()
  const session = await leader.begin()
  session.plan = planOf(guardSpec([{ degrade: {} }]))
  session.surroundings = { features: FEATURES, connections: undefined, pods: [] }
  const diagnosis =
    found === undefined
      ? {}
      : { diagnosis: { at: '2026-01-01T00:00:00Z', summary: 's', evidence: [], ruledOut: [], ...found } }
  const at = '2026-01-01T00:00:00Z'
  const incident: Incident = {
    name: 'checkout-1',
    namespace: 'shop',
    spec: { guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } },
    status: {
      phase: 'Open',
      summary: 's',
      onset: at,
      detectedAt: at,
      findings: [],
      actions: [],
      timeline: [],
      ...diagnosis,
    },
  }
  session.state = { ...session.state, incident }
  const observations = { ...SLOW, replicasReady: known(2) }
  const assessment = evaluate(observations, session.plan.rules, ALL_CALM, leader.deps.clock.now())
  expect(carryLadder(session, assessment, 2, 2, true).proposal).toMatchObject({ remedy: 'degrade', features })
})
