// How a sandbox ends: by itself once it is stopped, and without leaving a process behind when it is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'undici'
import { afterEach, expect, test, vi } from 'vitest'
import { HTTP_PORT } from '../../cluster/http-pod.ts'
import { isAlive } from '../../is-alive.ts'

const WITHIN = { timeout: 20_000, interval: 50 }
const PROGRAM = new URL('./a-sandbox.ts', import.meta.url).pathname
const SERVICE_IP = `127.5.${1 + (process.pid % 250)}.1`

let sandbox: ChildProcess | undefined

afterEach(() => {
  sandbox?.kill('SIGKILL')
  sandbox = undefined
})

/** Resolves when both pods answer through the Service. */
async function start(): Promise<{ readonly running: ChildProcess; readonly pids: readonly number[] }> {
  const running = spawn(process.execPath, [PROGRAM, SERVICE_IP], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  sandbox = running
  const names = new Set<string>()
  await vi.waitFor(async () => {
    const { statusCode, body } = await request(`http://${SERVICE_IP}:${HTTP_PORT}/`, { reset: true })
    const text = await body.text()
    if (statusCode === 200) names.add(text)
    expect(names.size).toBe(2)
  }, WITHIN)
  running.send('pids')
  const [pids] = await once(running, 'message')
  expect(pids).toHaveLength(2)
  return { running, pids }
}

test('a sandbox that is stopped ends by itself, with all its pods', async () => {
  const { running, pids } = await start()
  const ended = once(running, 'exit')
  running.send('stop')
  expect(await ended).toEqual([0, null])
  expect(pids.filter(isAlive)).toEqual([])
})

test.each(['SIGKILL', 'SIGINT'] as const)('a sandbox that gets %s leaves no process behind', async (signal) => {
  const { running, pids } = await start()
  const ended = once(running, 'exit')
  running.kill(signal)
  await ended
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), WITHIN)
})
