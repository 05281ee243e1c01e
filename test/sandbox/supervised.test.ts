// A supervised process comes back when it ends, and stays away once it was stopped.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Supervised, supervise } from '../../sandbox/processes/supervised.ts'

let folder: string
let supervised: Supervised | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervised-test-'))
})
afterEach(async () => {
  await supervised?.stop(1_000)
  rmSync(folder, { recursive: true, force: true })
})

const soon = { timeout: 10_000, interval: 5 }
const start = (script: string, onExit?: (code: number | undefined) => void) => {
  supervised = supervise({
    command: ['/bin/sh', '-c', script],
    env: { PATH: process.env.PATH ?? '' },
    logFile: join(folder, 'log'),
    pauseMs: 5,
    maxPauseMs: 20,
    onExit: ({ code }) => onExit?.(code),
  })
  return supervised
}

it('is started again after kill -9, under another pid, and the restart is counted', async () => {
  const one = start('exec sleep 60')
  const first = one.pid ?? 0
  process.kill(first, 'SIGKILL')
  await vi.waitFor(() => expect([one.restarts, one.pid === first]).toEqual([1, false]), soon)
  await vi.waitFor(() => expect(one.pid).toBeGreaterThan(0), soon)
})

it('that ends again and again is started again and again, and all it said is kept', async () => {
  const codes: (number | undefined)[] = []
  const one = start('echo hello; exit 3', (code) => codes.push(code))
  await vi.waitFor(() => expect(one.restarts).toBeGreaterThan(3), soon)
  expect(codes.slice(0, 3)).toEqual([3, 3, 3])
  await one.stop(1_000)
  expect(readFileSync(join(folder, 'log'), 'utf8').split('\n').length).toBeGreaterThan(4)
})

it('that is stopped ends, by force when it must, and stays away', async () => {
  const one = start('trap "" TERM; while :; do sleep 0.05; done')
  await one.stop(50)
  expect([one.pid, one.restarts]).toEqual([undefined, 0])
})
