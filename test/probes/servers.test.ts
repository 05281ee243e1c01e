// What load balancers are told, over HTTP and TCP, by servers that have only their watches.

import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { projectService } from '../../controller/kube/resources.ts'
import { METRICS } from '../../controller/model/names.ts'
import { registerProbeMetrics } from '../../controller/record/probe-metrics.ts'
import { guardOf, podIn, startRig } from './rig.ts'

const POD = '/services/shop/web/pods/web-1'

describe('a pod', () => {
  it.each([
    ['ready', 200, 200, 'pass', 'up ready 100%\n'],
    ['unready', 503, 404, 'fail', 'down #it is not ready\n'],
    ['isolated', 503, 404, 'fail', 'down #it is marked as not serving\n'],
    ['unknown', 200, 200, 'warn', 'up ready 100%\n'],
    ['starting', 503, 404, 'fail', 'down #it has not been ready yet\n'],
    ['ending', 503, 404, 'fail', 'drain\n'],
  ] as const)(
    'that is %s, beside two that are well, is told in every dialect',
    async (state, plain, drain, health, line) => {
      const rig = await startRig()
      for (const pod of [podIn(state, 'web-1'), podIn('ready', 'web-2'), podIn('ready', 'web-3')]) rig.pods.put(pod)
      for (const path of [POD, '/pods/shop/web-1']) {
        expect((await rig.http(path)).status).toBe(plain)
        expect((await rig.http(`${path}?as=drain`)).status).toBe(drain)
        const told = await rig.http(`${path}?as=health`)
        expect(told.status).toBe(plain)
        expect(told.headers.get('content-type')).toBe('application/health+json')
        expect(JSON.parse(told.body)).toMatchObject({ status: health, serviceId: 'shop/web-1' })
      }
      expect(await rig.agent('shop/web/web-1\n')).toBe(line)
      expect(await rig.agent('shop/web-1\n')).toBe(line)
    },
  )

  it('stays in while all of its peers are bad too', async () => {
    const rig = await startRig()
    for (const name of ['web-1', 'web-2', 'web-3']) rig.pods.put(podIn('unready', name))
    expect(await rig.http(POD)).toMatchObject({
      status: 200,
      body: 'in, weight 100 %: it is not ready, but too few others are well: all are used\n',
    })
    expect(await rig.agent('shop/web/web-1\n')).toBe('up ready 100%\n')
  })

  it('comes back with a weight that grows over ten seconds', async () => {
    const rig = await startRig()
    rig.pods.put(podIn('ready', 'web-2'))
    rig.pods.put(podIn('unready', 'web-1'))
    expect(await rig.agent('shop/web/web-1\n')).toMatch(/^down/)
    rig.pods.put(podIn('ready', 'web-1'))
    expect(await rig.agent('shop/web/web-1\n')).toBe('up ready 10%\n')
    await rig.clock.advance(5_000)
    expect(await rig.agent('shop/web/web-1\n')).toBe('up ready 55%\n')
    await rig.clock.advance(5_000)
    expect(await rig.agent('shop/web/web-1\n')).toBe('up ready 100%\n')
  })

  it('that is gone is out, and is drained', async () => {
    const rig = await startRig()
    rig.pods.put(podIn('ready', 'web-1'))
    rig.pods.put(podIn('ready', 'web-2'))
    expect((await rig.http(POD)).status).toBe(200)
    rig.pods.remove('shop/web-1')
    expect(await rig.http(POD)).toMatchObject({ status: 503, body: expect.stringContaining('selects no such pod') })
    expect(await rig.agent('shop/web-1\n')).toBe('drain\n')
  })

  it('behind two Services is in when either has it in; asked through one of them, it is as that one says', async () => {
    const rig = await startRig()
    const spec = { selector: { track: 'canary' } }
    rig.services.put(projectService({ metadata: { name: 'canary', namespace: 'shop' }, spec }))
    rig.pods.put(podIn('unready', 'web-1', { app: 'web', track: 'canary' }))
    rig.pods.put(podIn('ready', 'web-2'))
    expect((await rig.http('/services/shop/web/pods/web-1')).status).toBe(503)
    expect((await rig.http('/services/shop/canary/pods/web-1')).status).toBe(200)
    expect((await rig.http('/pods/shop/web-1')).status).toBe(200)
  })

  it('that no Service selects is judged among those of its Deployment, and one that stands alone is always in', async () => {
    const rig = await startRig()
    rig.services.remove('shop/web')
    rig.pods.put(podIn('unready', 'web-1'))
    rig.pods.put(podIn('ready', 'web-2'))
    rig.pods.put(podIn('unready', 'lonely-3', {}))
    expect((await rig.http('/pods/shop/web-1')).status).toBe(503)
    expect((await rig.http('/pods/shop/lonely-3')).status).toBe(200)
  })
})

describe('what is not known', () => {
  it('is in over plain HTTP, changes nothing as a drain, and nothing is said to an agent-check, which keeps its last word', async () => {
    const rig = await startRig()
    rig.pods.synced = false
    expect(await rig.http(POD)).toMatchObject({
      status: 200,
      body: expect.stringMatching(/^unknown: .* not been listed/),
    })
    expect((await rig.http(`${POD}?as=drain`)).status).toBe(503)
    expect(JSON.parse((await rig.http(`${POD}?as=health`)).body)).toMatchObject({ status: 'warn' })
    expect(await rig.agent('shop/web/web-1\n')).toBe('')
    expect((await rig.http('/services/shop/web?as=nginx')).status).toBe(503)
  })

  it('is a namespace that is not watched, and a Service that is not there', async () => {
    const rig = await startRig({ namespace: 'other' })
    expect((await rig.http(POD)).body).toBe('unknown: the namespace shop is not watched\n')
    const all = await startRig()
    expect((await all.http('/services/shop/wbe')).body).toBe(
      'unknown: there is no Service shop/wbe that selects pods\n',
    )
    expect(await all.agent('shop/wbe/web-1\n')).toBe('')
  })

  it.each(['', '\n', 'web-1\n', 'a/b/c/d\n', '/\n', 'shop//x\n', 'x'.repeat(600)])(
    'is what an agent-check asks with %j: it is told nothing',
    async (question) => {
      const rig = await startRig()
      rig.pods.put(podIn('ready', 'web-1'))
      expect(await rig.agent(question)).toBe('')
    },
  )
})

describe('a service', () => {
  it('weighs what its well pods weigh, and is in while it has any pod', async () => {
    const rig = await startRig()
    expect((await rig.http('/services/shop/web')).status).toBe(503)
    expect(await rig.agent('shop/web/*\n')).toBe('drain\n')
    for (const name of ['web-1', 'web-2']) rig.pods.put(podIn('ready', name))
    expect(await rig.http('/services/shop/web')).toMatchObject({
      status: 200,
      body: 'in, weight 100 %: 2 of 2 pods are in\n',
    })
    rig.pods.put(podIn('unready', 'web-2'))
    expect(await rig.agent('shop/web/*\n')).toBe('up ready 50%\n')
    rig.pods.put(podIn('unready', 'web-1'))
    expect(await rig.agent('shop/web/*\n')).toBe('up ready 1%\n')
    expect((await rig.http('/services/shop/web')).body).toContain('too few are well, so that all are used')
  })

  it('tells its pods and signals as application/health+json, also when only Accept asks for it', async () => {
    const rig = await startRig()
    rig.pods.put(podIn('ready', 'web-1'))
    rig.pods.put(podIn('unready', 'web-2'))
    rig.guards.put(guardOf(rig.clock.now(), 0.9))
    const { body, status } = await rig.http('/services/shop/web', { accept: 'application/health+json' })
    const time = new Date(rig.clock.now()).toISOString()
    const component = { componentType: 'component', time }
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        status: 'warn',
        serviceId: 'shop/web',
        output: '1 of 2 pods are in',
        checks: {
          'service:weight': [{ observedValue: 28, observedUnit: 'percent', status: 'warn', time }],
          'pods:readiness': [
            { componentId: 'shop/web-1', observedValue: 'in', status: 'pass', ...component },
            {
              componentId: 'shop/web-2',
              observedValue: 'out',
              status: 'fail',
              output: 'it is not ready',
              ...component,
            },
          ],
          'cpu:utilization': [
            {
              componentId: 'web',
              observedValue: 100,
              observedUnit: 'percent of its limit',
              status: 'warn',
              ...component,
            },
          ],
        },
      },
    ])
  })

  it('is an upstream for nginx, with weights only while they differ', async () => {
    const rig = await startRig()
    for (const name of ['web-1', 'web-2', 'web-3']) rig.pods.put(podIn('ready', name))
    const all = await rig.http('/services/shop/web?as=nginx')
    expect(all.body).toBe('# shop/web\nserver 10.0.0.1:8080;\nserver 10.0.0.2:8080;\nserver 10.0.0.3:8080;\n')
    rig.pods.put(podIn('isolated', 'web-2'))
    rig.pods.put(podIn('ending', 'web-3'))
    expect((await rig.http('/services/shop/web?as=nginx&port=web')).body).toBe(
      '# shop/web\nserver 10.0.0.1:8080;\nserver 10.0.0.2:8080 down;\n',
    )
    rig.pods.put(podIn('ready', 'web-2'))
    expect((await rig.http('/services/shop/web?as=nginx&port=9464')).body).toBe(
      '# shop/web\nserver 10.0.0.1:9464 weight=100;\nserver 10.0.0.2:9464 weight=10;\n',
    )
    expect((await rig.http('/services/shop/web?as=nginx&port=nothing')).status).toBe(503)
  })
})

describe('a Guard', () => {
  const weights = async (rig: Awaited<ReturnType<typeof startRig>>) => {
    const line = await rig.agent('shop/web/web-1\n')
    return Number(/(\d+)%/.exec(line)?.[1])
  }

  it('takes weight from the pods of its target as they fill, keeps the last while unknown, and has no say unless it acts', async () => {
    const rig = await startRig()
    for (const name of ['web-1', 'web-2']) rig.pods.put(podIn('ready', name))
    const course: [cpu: number | undefined, mode: string, weight: number][] = [
      [0.3, 'Enforce', 100],
      [0.9, 'Enforce', 55],
      [undefined, 'Enforce', 55],
      [2, 'Enforce', 10],
      [2, 'Observe', 100],
      [2, 'Enforce', 10],
    ]
    for (const [cpu, mode, weight] of course) {
      rig.guards.put(guardOf(rig.clock.now(), cpu, mode))
      expect([cpu, mode, await weights(rig)]).toEqual([cpu, mode, weight])
    }
    rig.guards.remove('shop/web')
    expect(await weights(rig)).toBe(100)
  })

  it('that was last written long ago says nothing', async () => {
    const rig = await startRig()
    rig.pods.put(podIn('ready', 'web-1'))
    rig.guards.put(guardOf(rig.clock.now() - 120_000, 2))
    expect(await weights(rig)).toBe(100)
  })
})

it.each([
  ['/', 'GET', 400],
  ['/services/shop', 'GET', 400],
  ['/services/shop/web/pods', 'GET', 400],
  ['/services/shop/web/pods/web-1/more', 'GET', 400],
  ['/pods/shop/web-1?as=nginx', 'GET', 400],
  ['/pods/shop/web-1?as=something', 'GET', 400],
  ['/pods/shop/%ff', 'GET', 503],
  ['/pods/shop/web-1', 'POST', 405],
  ['/pods/shop/web-1', 'HEAD', 200],
])('%s by %s is answered with %i', async (path, method, status) => {
  const rig = await startRig()
  rig.pods.put(podIn('ready', 'web-1'))
  expect((await rig.http(path, {}, method)).status).toBe(status)
})

it('counts its answers, and the pods of services that somebody asks of', async () => {
  const rig = await startRig()
  rig.pods.put(podIn('ready', 'web-1'))
  rig.pods.put(podIn('unready', 'web-2'))
  const registry = new Registry()
  registerProbeMetrics(registry, { answers: () => rig.servers.answers, services: rig.servers.services })
  expect(await registry.metrics()).not.toContain(`${METRICS.serviceBackends}{`)
  await rig.agent('shop/web/web-1\n')
  await rig.http('/pods/shop/web-2?as=drain')
  const text = await registry.metrics()
  for (const line of [
    `${METRICS.probeAnswers}{dialect="agent",answer="in"} 1`,
    `${METRICS.probeAnswers}{dialect="drain",answer="out"} 1`,
    `${METRICS.serviceBackends}{namespace="shop",service="web",place="in"} 1`,
    `${METRICS.serviceBackends}{namespace="shop",service="web",place="out"} 1`,
    `${METRICS.servicePanic}{namespace="shop",service="web"} 0`,
  ])
    expect(text).toContain(line)
})
