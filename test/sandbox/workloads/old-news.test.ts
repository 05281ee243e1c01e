// The controllers when what they see is old: a watch that lags, and requests whose answers are lost.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type SandboxApi, startApi } from '../../../sandbox/api/server.ts'
import { type Api, connectApi } from '../../../sandbox/kube/api.ts'
import { parseKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { createStore } from '../../../sandbox/kube/store.ts'
import { createPathOf, isActive, type Pod, parsePod, pathOf } from '../../../sandbox/workloads/objects.ts'
import { startWorkloads, type Workloads } from '../../../sandbox/workloads/workloads.ts'
import { httpDeployment } from '../../cluster/http-pod.ts'

const WITHIN = { timeout: 20_000, interval: 20 }
const LAG_MS = 250

let server: SandboxApi
let api: Api
let workloads: Workloads
let watching: AbortController
/** Every pod that there ever was. */
let created: Set<string>
let seen: () => readonly Pod[]

beforeEach(async () => {
  server = await startApi({})
  api = connectApi(parseKubeconfig(server.kubeconfig))
  watching = new AbortController()
  created = new Set()
  const store = createStore(
    api,
    { path: '/api/v1/pods', read: parsePod },
    { signal: watching.signal, onProblem: (problem) => expect.fail(problem.message) },
  )
  store.onChange((now) => void (now && created.add(now.metadata.uid)))
  seen = () => store.all().filter(isActive)
  await store.synced
})

afterEach(async () => {
  watching.abort()
  await workloads.stop()
  await api.close()
  await server.close()
})

/** Each line of each watch comes late. */
const lagging = (): Api => ({
  ...api,
  async *watch(path, signal) {
    for await (const line of api.watch(path, signal)) {
      await sleep(LAG_MS)
      yield line
    }
  },
})

/** Every other creation of a pod is carried out, but its answer is lost. */
function losingAnswers(): Api {
  let count = 0
  return {
    ...api,
    async request(request, signal) {
      const answer = await api.request(request, signal)
      count += request.method === 'POST' && request.path.endsWith('/pods') ? 1 : 0
      if (request.method === 'POST' && count % 2 === 1) throw new TypeError('the connection was reset')
      return answer
    },
  }
}

async function scale(replicas: number): Promise<void> {
  const path = pathOf('deployments', { namespace: 'default', name: 'web' })
  await api.request({
    method: 'PATCH',
    path,
    body: { spec: { replicas } },
    contentType: 'application/merge-patch+json',
  })
}

const create = (replicas: number) =>
  api.request({
    method: 'POST',
    path: createPathOf('deployments', 'default'),
    body: httpDeployment('web', replicas),
  })

/** That the Deployment knows, and that have stayed for longer than any news takes. */
async function settlesAt(replicas: number): Promise<void> {
  await vi.waitFor(async () => {
    const path = pathOf('deployments', { namespace: 'default', name: 'web' })
    const found = await api.request({ method: 'GET', path })
    expect(found).toMatchObject({ status: { replicas, observedGeneration: expect.any(Number) } })
    expect(seen()).toHaveLength(replicas)
  }, WITHIN)
}

test('a watch that lags makes it create no pod twice, and delete none too many', async () => {
  workloads = await startWorkloads({ api: lagging() })
  await create(3)
  await settlesAt(3)
  expect(created.size).toBe(3)
  await scale(5)
  await settlesAt(5)
  expect(created.size).toBe(5)
  const [first] = seen()
  if (first === undefined) throw new Error('there is no pod')
  await api.request({ method: 'DELETE', path: pathOf('pods', first.metadata), body: { gracePeriodSeconds: 0 } })
  await vi.waitFor(() => expect(created.size).toBe(6), WITHIN)
  await scale(2)
  await settlesAt(2)
  expect(created.size).toBe(6)
})

test('a creation whose answer was lost is not made a second time', async () => {
  const problems: string[] = []
  workloads = await startWorkloads({ api: losingAnswers(), onProblem: ({ message }) => void problems.push(message) })
  await create(4)
  await settlesAt(4)
  expect(created.size).toBe(4)
  expect(problems.length).toBeGreaterThan(0)
})
