// Three small HTTP pods behind a Service on an API of the sandbox, whose state a test changes: what load balancers stand before.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { expect, vi } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { startApi } from '../../../sandbox/api/server.ts'
import { connectApi } from '../../../sandbox/kube/api.ts'
import { parseKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { HTTP_PORT, httpContainer, podOf } from '../../cluster/http-pod.ts'
import type { Room } from './room.ts'

const NAMESPACE = '/api/v1/namespaces/shop'
const CRDS = new URL('../../../deploy/crds/', import.meta.url)
const WITHIN = { timeout: 30_000, interval: 25 }
const READ = z.object({
  status: z.object({
    podIP: z.string(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
  }),
})

export const WEB_PODS = ['web-0', 'web-1', 'web-2'] as const
export type WebPod = (typeof WEB_PODS)[number]

export interface WebPods {
  readonly kubeconfig: string
  /** host:port of each. */
  readonly addresses: Readonly<Record<WebPod, string>>
  /** Has its readiness probe fail, or pass again. Resolves once it has been told so. */
  setReady(pod: WebPod, isReady: boolean): Promise<void>
  /** Marks it as not serving, or takes the mark back. */
  setServing(pod: WebPod, isServing: boolean): Promise<void>
  /** SIGKILL for its process, which the kubelet then starts again. */
  kill(pod: WebPod): void
  /** For good: pods run on, and nobody hears of them. */
  stopApi(): Promise<void>
  /** Waits until the API says so of each. */
  untilReady(isReady: boolean): Promise<void>
}

export async function startWebPods(room: Room): Promise<WebPods> {
  const crds = readdirSync(CRDS).map((file): unknown => parse(readFileSync(new URL(file, CRDS), 'utf8')))
  const server = await startApi({ crds })
  let isAway = false
  const stopApi = async () => {
    if (!isAway) await server.close()
    isAway = true
  }
  room.defer(stopApi)
  const endpoint = parseKubeconfig(server.kubeconfig)
  const api = connectApi(endpoint)
  room.defer(() => api.close())
  const kubelet = await startKubelet({
    cluster: endpoint,
    nodeName: 'node-1',
    onProblem: (problem) => isAway || console.error(problem),
  })
  room.defer(() => kubelet.stop())
  const kubeconfig = join(room.folder('api'), 'kubeconfig')
  writeFileSync(kubeconfig, server.kubeconfig)

  const read = async (pod: WebPod) =>
    READ.parse(await api.request({ method: 'GET', path: `${NAMESPACE}/pods/${pod}` })).status
  async function untilReady(isReady: boolean): Promise<void> {
    await vi.waitFor(async () => {
      const all = await Promise.all(WEB_PODS.map(read))
      const said = all.map(({ conditions }) => conditions.find(({ type }) => type === 'Ready')?.status === 'True')
      expect(said).toEqual(WEB_PODS.map(() => isReady))
    }, WITHIN)
  }

  const ports = [{ name: 'http', port: 80, targetPort: 'http' }]
  const service = { metadata: { name: 'web' }, spec: { clusterIP: 'None', selector: { app: 'web' }, ports } }
  await api.request({ method: 'POST', path: `${NAMESPACE}/services`, body: service })
  for (const name of WEB_PODS) {
    const body = { ...podOf(name, httpContainer()), metadata: { name, labels: { app: 'web' } } }
    await api.request({ method: 'POST', path: `${NAMESPACE}/pods`, body })
  }
  await untilReady(true)
  const address = async (pod: WebPod) => `${(await read(pod)).podIP}:${HTTP_PORT}`
  const addresses = {
    'web-0': await address('web-0'),
    'web-1': await address('web-1'),
    'web-2': await address('web-2'),
  }

  return {
    kubeconfig,
    addresses,
    untilReady,
    stopApi,
    kill(pod) {
      const running = kubelet.podProcess('shop', pod)
      if (running === undefined) throw new Error(`${pod} has no process`)
      process.kill(running.pid, 'SIGKILL')
    },
    async setReady(pod, isReady) {
      const { body } = await request(`http://${addresses[pod]}/${isReady ? 'readied' : 'unready'}`)
      await body.dump()
    },
    async setServing(pod, isServing) {
      await api.request({
        method: 'PATCH',
        path: `${NAMESPACE}/pods/${pod}`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { 'evenkeel.dev/serving': isServing ? null : 'false' } } },
      })
    },
  }
}
