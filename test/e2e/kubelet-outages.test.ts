// The process kubelet when the API server or the kubelet itself is killed.
import { spawn } from 'node:child_process'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { httpContainer, httpDeployment, podOf } from '../cluster/http-pod.ts'
import { isAlive } from '../is-alive.ts'
import { ask, DEPLOYMENTS, isReady, kubeletRig, PODS, WITHIN } from '../sandbox/kubelet/rig.ts'
import { startCluster } from './support/cluster.ts'

const { cluster, start, create, scale, pods, readyPods, onlyPod, processOf } = kubeletRig(startCluster)

describe('an outage', () => {
  test('of the API server leaves the processes running, and what happened meanwhile is made up for', async () => {
    await start({ onProblem: () => {} })
    await create(DEPLOYMENTS, httpDeployment('web', 2))
    const [kept, killed] = await readyPods(2)
    if (kept === undefined || killed === undefined) throw new Error('this test needs two pods')
    await cluster().stopApiServer()
    process.kill(killed.pid, 'SIGKILL')
    await vi.waitFor(async () => expect(await ask(killed.address)).toBe(killed.name), WITHIN)
    expect(await ask(kept.address)).toBe(kept.name)
    await cluster().startApiServer()
    await vi.waitFor(async () => {
      const counts = (await pods()).map(({ metadata, status }) => [
        metadata.name,
        status.containerStatuses[0]?.restartCount,
      ])
      expect(Object.fromEntries(counts)).toEqual({ [kept.name]: 0, [killed.name]: 1 })
    }, WITHIN)
    await scale('web', 3)
    expect((await readyPods(3)).map(({ pid }) => pid)).toContain(kept.pid)
  })

  test('of the kubelet, by kill -9, leaves no process behind; the next one runs the pods again', async () => {
    const script = `
      import { startKubelet } from ${JSON.stringify(new URL('../../sandbox/kubelet/kubelet.ts', import.meta.url).pathname)}
      const kubelet = await startKubelet({ cluster: ${JSON.stringify(cluster().kubeconfig)}, nodeName: 'node-1' })
      process.on('message', () => process.send(kubelet.podProcess('default', 'web') ?? null))`
    const other = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await create(PODS, podOf('web', httpContainer()))
    await vi.waitFor(async () => expect(isReady(await onlyPod())).toBe(true), WITHIN)
    const reply = new Promise((resolve) => other.once('message', resolve))
    other.send('where?')
    const { pid } = z.object({ pid: z.number() }).parse(await reply)
    expect(isAlive(pid)).toBe(true)
    other.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WITHIN)

    await start()
    await vi.waitFor(async () => {
      expect((await onlyPod()).status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 })
    }, WITHIN)
    expect(await ask(processOf('web').address)).toBe('web')
  })
})
