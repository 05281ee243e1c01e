// A service that ends: real processes, with real signals, made of the library as it is published.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const WITHIN = { timeout: 20_000, interval: 20 }

/** GET /slow is answered when GET /go has come. */
const SERVICE = `
import { createServer } from 'node:http'
import { createProbes, shutDownGracefully } from 'evenkeel/probes'
const probes = createProbes()
let go = () => {}
const gone = new Promise((resolve) => { go = resolve })
const main = createServer(async ({ url }, response) => {
  console.log(url)
  if (url === '/go') go()
  if (url === '/slow') await gone
  response.end('answered ' + url)
})
const side = createServer((request, response) => probes.handler(request, response))
for (const server of [main, side]) server.listen(0, '127.0.0.1', () => console.log('port', server.address().port))
shutDownGracefully({
  servers: [main],
  sideServers: [side],
  probes,
  lingerMs: Number(process.env.LINGER_MS),
  finishMs: Number(process.env.FINISH_MS),
  onDrain: () => console.log('draining'),
  onEnd() {
    console.log('end')
    if (process.env.FAIL) throw new Error('the pool could not be closed')
  },
})
`

/** A package that has the library as its users have it: compiled, under its name. */
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-probes-'))
  const library = join(folder, 'node_modules', 'evenkeel')
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
  const emit = ['--emitDeclarationOnly', 'false', '--outDir', join(library, 'dist')]
  execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.probes.json'), ...emit])
  writeFileSync(join(library, 'package.json'), JSON.stringify({ ...packageJson, dependencies: {} }))
  writeFileSync(join(folder, 'service.mjs'), SERVICE)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(env: Readonly<Record<string, string>> = {}) {
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'service.mjs')], {
    env: { LINGER_MS: '200', FINISH_MS: '60000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const exited = once(child, 'exit')
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line))
  const ports = await vi.waitFor(() => {
    const said = lines.flatMap((line) => /^port (\d+)$/.exec(line)?.[1] ?? [])
    expect(said, lines.join('\n')).toHaveLength(2)
    return said
  }, WITHIN)
  const [main, side] = ports.map((port) => `http://127.0.0.1:${port}`)
  const said = (line: string) => vi.waitFor(() => expect(lines).toContain(line), WITHIN)
  return { child, lines, main, side, said, exitCode: async () => (await exited)[0] as number | null }
}

describe('the library', () => {
  it('has types of its own', () => {
    const types = readFileSync(join(folder, 'node_modules', 'evenkeel', packageJson.exports['./probes'].types), 'utf8')
    expect(types).toContain('shutDownGracefully')
  })
})

describe('on SIGTERM', () => {
  it('turns unready, still answers what comes, finishes what is under way, and ends with code 0', async () => {
    const { child, main, side, said, lines, exitCode } = await start({ LINGER_MS: '1500' })
    const slow = fetch(`${main}/slow`).then((response) => response.text())
    await said('/slow')
    child.kill('SIGTERM')
    await said('draining')
    expect((await fetch(`${side}/readyz`)).status).toBe(503)
    expect((await fetch(`${side}/livez`)).status).toBe(200)
    const late = await fetch(`${main}/late`)
    expect([late.headers.get('connection'), await late.text()]).toEqual(['close', 'answered /late'])
    expect(await (await fetch(`${main}/go`)).text()).toBe('answered /go')
    expect(await slow).toBe('answered /slow')
    expect(await exitCode()).toBe(0)
    expect(lines.at(-1)).toBe('end')
  })

  it('waits no longer than it is told for what is under way', async () => {
    const { child, main, said, exitCode } = await start({ FINISH_MS: '100' })
    const slow = fetch(`${main}/slow`).then(
      () => 'answered',
      () => 'cut off',
    )
    await said('/slow')
    child.kill('SIGTERM')
    expect(await slow).toBe('cut off')
    expect(await exitCode()).toBe(0)
  })

  it('says with code 1 that what it held could not be let go', async () => {
    const { child, exitCode, lines } = await start({ FAIL: 'yes' })
    child.kill('SIGTERM')
    expect(await exitCode()).toBe(1)
    expect(lines.join('\n')).toContain('the pool could not be closed')
  })
})

it('a second signal ends it at once', async () => {
  const { child, said, exitCode, lines } = await start({ LINGER_MS: '600000' })
  child.kill('SIGTERM')
  await said('draining')
  child.kill('SIGINT')
  expect(await exitCode()).toBe(1)
  expect(lines).not.toContain('end')
})
