// Processes tied to us: they end with us, whatever way we end.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { spawnTethered } from '../../sandbox/processes/tethered.ts'

const MODULE = new URL('../../sandbox/processes/tethered.ts', import.meta.url).pathname
const env = { PATH: process.env.PATH ?? '' }
const WITHIN = { timeout: 5_000, interval: 20 }

let folder: string
let logFile: string
let logFd: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-tethered-'))
  logFile = join(folder, 'log')
  logFd = openSync(logFile, 'a')
})

afterEach(() => {
  closeSync(logFd)
  rmSync(folder, { recursive: true, force: true })
})

/** Process ids of a process group; a zombie is no longer a process to us. */
function groupOf(pgid: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, group, stat]) => Number(group) === pgid && !stat?.startsWith('Z'))
    .map(([pid]) => Number(pid))
}

const isSleep = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep')

describe('a tethered process', () => {
  test('has the pid that was returned, its output in the log, and its exit code', async () => {
    const child = spawnTethered({ command: ['sh', '-c', 'echo "I am $$"; exit 3'], env, logFd })
    expect(await child.exited).toEqual({ code: 3, signal: undefined })
    expect(readFileSync(logFile, 'utf8')).toBe(`I am ${child.pid}\n`)
  })

  test('says 127 when there is no such command', async () => {
    const child = spawnTethered({ command: ['no-such-command-anywhere'], env, logFd })
    expect(await child.exited).toEqual({ code: 127, signal: undefined })
    expect(readFileSync(logFile, 'utf8')).toContain('no-such-command-anywhere')
  })

  test('refuses a working folder that does not exist, by name', () => {
    expect(() => spawnTethered({ command: ['true'], env, logFd, cwd: join(folder, 'nowhere') })).toThrow(/nowhere/)
  })

  test('is killed when it ignores SIGTERM past its grace', async () => {
    const child = spawnTethered({
      command: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'],
      env,
      logFd,
    })
    await vi.waitUntil(() => readFileSync(logFile, 'utf8') === 'up\n', WITHIN)
    expect(await child.stop(100)).toEqual({ code: undefined, signal: 'SIGKILL' })
  })

  test('takes what it started with it when it ends', async () => {
    const child = spawnTethered({ command: ['sh', '-c', 'sleep 600 & echo up; wait'], env, logFd })
    await vi.waitUntil(() => readFileSync(logFile, 'utf8') === 'up\n', WITHIN)
    expect(groupOf(child.pid).length).toBeGreaterThanOrEqual(3)
    child.signal('SIGKILL')
    await child.exited
    await vi.waitUntil(() => groupOf(child.pid).length === 0, WITHIN)
  })

  test('is killed, with what it started, when its watcher is killed: else nobody would end it after us', async () => {
    const child = spawnTethered({ command: ['sh', '-c', 'sleep 600 & echo up; wait'], env, logFd })
    await vi.waitUntil(() => readFileSync(logFile, 'utf8') === 'up\n', WITHIN)
    const watchers = groupOf(child.pid).filter((pid) => pid !== child.pid && !isSleep(pid))
    expect(watchers.length).toBeGreaterThan(0)
    for (const pid of watchers) process.kill(pid, 'SIGKILL')
    expect(await child.exited).toEqual({ code: undefined, signal: 'SIGKILL' })
    await vi.waitUntil(() => groupOf(child.pid).length === 0, WITHIN)
  })

  test('dies, with what it started, when its parent is killed with SIGKILL', async () => {
    const script = `
      import { spawnTethered } from ${JSON.stringify(MODULE)}
      import { openSync } from 'node:fs'
      const child = spawnTethered({ command: ['sh', '-c', 'sleep 600 & wait'], env: process.env, logFd: openSync(${JSON.stringify(logFile)}, 'a') })
      console.log(child.pid)`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))))
    await vi.waitUntil(() => groupOf(pid).length >= 3, WITHIN)
    parent.kill('SIGKILL')
    await vi.waitUntil(() => groupOf(pid).length === 0, WITHIN)
  })
})
