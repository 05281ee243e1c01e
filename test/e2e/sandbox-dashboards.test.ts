// No dead panel: every expression of every board returns data from a Prometheus that scrapes the controller of a running shop.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { z } from 'zod'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { createObject, mergePatch } from '../../controller/kube/objects.ts'
import { FAILOVER_GROUPS, FEATURES, GUARDS } from '../../controller/kube/resource-type.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { METRICS } from '../../controller/model/names.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'
import { boards } from '../../dashboards/boards.ts'
import { findProgram } from '../cluster/debian-packages.ts'
import { queriesOf, replaceVariables } from '../dashboards/expressions.ts'
import { startTestPrometheus, type TestPrometheus } from '../observe/prometheus/server.ts'
import { endRuns, npmStart } from './support/sandbox-run.ts'

const ANSWER = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }),
})
const SERIES = z.object({ status: z.literal('success'), data: z.array(z.record(z.string(), z.string())) })

let prometheus: TestPrometheus | undefined

afterAll(async () => {
  await prometheus?.stop()
  await endRuns()
})

async function ask<T>(schema: z.ZodType<T>, path: string, parameters: Record<string, string>): Promise<T> {
  const response = await fetch(`${prometheus?.url}/api/v1/${path}?${new URLSearchParams(parameters)}`)
  const text = await response.text()
  const answer = schema.safeParse(JSON.parse(text))
  if (!answer.success) throw new Error(`${JSON.stringify(parameters)}: ${text}`)
  return answer.data
}

const SHEDDING = 'namespace="shop",guard="shedding"'
/** What the Guard that sheds must have come to, beyond telling zeros. */
const SHED = [
  `${METRICS.guardRung}{${SHEDDING}} == 2`,
  `${METRICS.guardFeaturesOff}{${SHEDDING}} == 1`,
  `${METRICS.guardFlowLimit}{${SHEDDING},flow="browse"} > 0`,
  `${METRICS.featureState}{namespace="shop",feature="banner",state="Degraded"} == 1`,
].map((expr) => ({ where: 'what is shed', expr }))

/** The shop has a FailoverGroup where it has Redis: only then is there anything to show of groups. */
const hasRedis = findProgram('redis-server') !== undefined
const isOfGroups = (expr: string) => /\bevenkeel_failover/.test(expr)

/** So that there is a drill to show; it is due within a minute. */
async function rehearse(client: KubeClient): Promise<void> {
  const patch = { spec: { drill: { cron: '* * * * *', mode: 'Observe' } } }
  await mergePatch(client, FAILOVER_GROUPS, { namespace: 'shop', name: 'redis' }, patch)
}

/** The fault of the shop brings an act and an incident; what else there is to show comes of these. */
async function createGuards(kubeconfigPath: string): Promise<void> {
  const client = await connectKube({ kubeconfigPath, requestTimeoutMs: 5_000, clock: systemClock })
  // One has objectives and vetoes: it may never act.
  await createObject(client, GUARDS, {
    metadata: { namespace: 'shop', name: 'vetoed' },
    spec: {
      mode: 'Enforce',
      target: { name: 'gateway' },
      limits: { latency: '1ms', hold: '0s', minimumRequests: 1 },
      remedies: [{ scale: { min: 2, max: 8 } }],
      budget: { actions: 0 },
      objectives: { availability: '99%', latency: { p95: '500ms' } },
    },
  })
  // One climbs its ladder and stays there: what it sheds can't help against a limit that no request keeps.
  await createObject(client, FEATURES, {
    metadata: { namespace: 'shop', name: 'banner', labels: { shown: 'yes' } },
    spec: { tier: 'Sheddable' },
  })
  await createObject(client, GUARDS, {
    metadata: { namespace: 'shop', name: 'shedding' },
    spec: {
      mode: 'Enforce',
      target: { name: 'gateway' },
      limits: { latency: '1ms', hold: '0s', minimumRequests: 1 },
      remedies: [
        { degrade: { selector: { matchLabels: { shown: 'yes' } }, effectWithin: '1s', cooldown: '0s' } },
        { limit: { flow: 'browse', baseline: 50, floor: 20, effectWithin: '1s', cooldown: '0s' } },
      ],
    },
  })
  if (hasRedis) await rehearse(client)
  await client.close()
}

it('every expression of every panel and annotation returns data, and every variable has values', async () => {
  const run = npmStart(['--keep'])
  const { metrics, probes } = await run.endpoints()
  prometheus = await startTestPrometheus({
    targets: [{ address: new URL(metrics ?? '').host, labels: {} }],
    // So that there is an alert to show: one that fires for each Guard.
    rules: [{ alert: 'Test', expr: `${METRICS.guardBreached} >= 0`, labels: { severity: 'none' } }],
  })
  await createGuards(join(run.state, 'kubeconfig'))
  // As a load balancer does: only then is a namespace told of.
  const answer = await fetch(`${probes}/services/shop/checkout`)
  expect(answer.status).toBe(200)
  const validation = validateGuardSpec({
    objectives: { availability: '99%' },
    target: { name: 'checkout' },
    remedies: [{ scale: { min: 2, max: 8, perReplica: { rps: 6 } } }],
  })
  const checkout = validation.ok ? [{ namespace: 'shop', name: 'checkout', spec: validation.spec }] : []
  const all = boards({}, checkout)
  expect(all).toHaveLength(6)

  // A service's expression must have data for one of the shop's services: not each has a queue.
  const values = { namespace: 'shop', guard: '.+', group: '.+', job: 'test', instance: '.+', __rate_interval: '10s' }
  const asked = (expr: string) =>
    replaceVariables(expr.replace(/([=])("\$guard")/g, '$1~$2').replaceAll('guard="checkout"', 'guard=~".+"'), values)
  let empty = [...all.flatMap(queriesOf), ...SHED].filter(({ expr }) => hasRedis || !isOfGroups(expr))
  expect(empty.length).toBeGreaterThan(100)
  const deadline = performance.now() + 100_000
  for (;;) {
    const still: typeof empty = []
    for (const query of empty) {
      const { data } = await ask(ANSWER, 'query', { query: asked(query.expr) })
      if (data.result.length === 0) still.push(query)
    }
    empty = still
    if (empty.length === 0 || performance.now() > deadline) break
    await sleep(1000)
  }
  expect(empty.map(({ where, expr }) => `${where}: ${asked(expr)}`)).toEqual([])

  for (const { title, templating } of all)
    for (const { name, definition } of templating.list ?? []) {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition ?? '') ?? []
      if (selector === undefined || label === undefined || (isOfGroups(selector) && !hasRedis)) continue
      const { data } = await ask(SERIES, 'series', { 'match[]': replaceVariables(selector, values) })
      expect(
        data.some((series) => series[label]),
        `${title}: $${name}`,
      ).toBe(true)
    }
})
