// What the one-time build stands on: steps that fail clearly, a lock that a dead holder lets go, binaries named when missing.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findBinaries } from './binaries.ts'
import { withFileLock } from './file-lock.ts'
import { startSteps } from './steps.ts'

const LOCK_MODULE = new URL('./file-lock.ts', import.meta.url).pathname
const WITHIN = { timeout: 10_000, interval: 20 }

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-test-'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

describe('a step', () => {
  test('says what it does, with the time since the start', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await startSteps('build', folder).run('making something', ['true'])
    expect(said.mock.calls.map(([text]) => text)).toEqual(['[build 0:00] making something\n'])
  })

  test('that fails tells its command, its exit code and the end of its output, not the beginning', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const command = ['sh', '-c', 'seq 1 100; echo "no space left" >&2; exit 4'] as const
    const failure = await startSteps('build', folder)
      .run('compiling', [...command])
      .catch((error: unknown) => error)
    expect(String(failure)).toMatch(/^Error: compiling: `sh -c .*` ended with code 4; its last lines:\n/)
    expect(String(failure)).toMatch(/\n100\nno space left$/)
    expect(String(failure)).not.toMatch(/\n70\n/)
  })

  test('gets its own environment on top of ours, and its folder', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const command = ['sh', '-c', 'test -n "$PATH" && echo "$WORD" > here'] as const
    await startSteps('build', folder).run('writing', [...command], { cwd: folder, env: { WORD: 'hello' } })
    expect(existsSync(join(folder, 'here'))).toBe(true)
  })
})

describe('the lock between builders', () => {
  test('lets one work at a time, and tells who waits', async () => {
    const file = join(folder, 'lock')
    const events: string[] = []
    const first = Promise.withResolvers<void>()
    const one = withFileLock(
      file,
      () => events.push('one waits'),
      async () => {
        events.push('one works')
        await first.promise
        events.push('one is done')
      },
    )
    await vi.waitUntil(() => events.includes('one works'), WITHIN)
    const two = withFileLock(
      file,
      () => events.push('two waits'),
      async () => void events.push('two works'),
    )
    await vi.waitUntil(() => events.includes('two waits'), WITHIN)
    first.resolve()
    await Promise.all([one, two])
    expect(events).toEqual(['one works', 'two waits', 'one is done', 'two works'])
  })

  test('is let go when its holder is killed with SIGKILL', async () => {
    const file = join(folder, 'lock')
    const script = `
      import { withFileLock } from ${JSON.stringify(LOCK_MODULE)}
      await withFileLock(${JSON.stringify(file)}, () => {}, async () => { console.log('held'); await new Promise(() => setInterval(() => {}, 1000)) })`
    const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    holder.kill('SIGKILL')
    expect(
      await withFileLock(
        file,
        () => {},
        async () => 'mine',
      ),
    ).toBe('mine')
  })
})

describe('KUBEBUILDER_ASSETS', () => {
  test('is taken when it has all three programs', async () => {
    for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager']) writeFileSync(join(folder, name), '')
    vi.stubEnv('KUBEBUILDER_ASSETS', folder)
    expect(await findBinaries()).toEqual({
      etcd: join(folder, 'etcd'),
      kubeApiserver: join(folder, 'kube-apiserver'),
      kubeControllerManager: join(folder, 'kube-controller-manager'),
    })
  })

  test('is refused, by the names of what is missing, when it has not', async () => {
    writeFileSync(join(folder, 'etcd'), '')
    vi.stubEnv('KUBEBUILDER_ASSETS', folder)
    await expect(findBinaries()).rejects.toThrow(
      /no kube-apiserver, no kube-controller-manager: correct it or unset it/,
    )
  })
})
