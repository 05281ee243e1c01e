// Temporary folders: gone when asked, gone when their owner is killed, and never a reason to stay alive.
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createTemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'

const MODULE = new URL('../../sandbox/processes/temporary-folder.ts', import.meta.url).pathname
const WITHIN = { timeout: 5_000, interval: 20 }

/** A process that makes a folder, reports its path, and then does `more`. */
function owner(more: string) {
  const script = `
    import { createTemporaryFolder } from ${JSON.stringify(MODULE)}
    console.log(createTemporaryFolder('evenkeel-test-').path)
    ${more}`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const path = new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())))
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, path, exit }
}

test('a folder is removed with what is in it', async () => {
  const folder = createTemporaryFolder('evenkeel-test-')
  writeFileSync(join(folder.path, 'file'), 'text')
  await folder.remove()
  expect(existsSync(folder.path)).toBe(false)
})

test('a folder is removed when its owner is killed with SIGKILL', async () => {
  const { child, path } = owner('setInterval(() => {}, 1000)')
  const folder = await path
  expect(existsSync(folder)).toBe(true)
  child.kill('SIGKILL')
  await vi.waitUntil(() => !existsSync(folder), WITHIN)
})

test('a folder does not keep its owner alive, and goes with it', async () => {
  const { path, exit } = owner('')
  const folder = await path
  expect(await exit).toBe(0)
  await vi.waitUntil(() => !existsSync(folder), WITHIN)
})
