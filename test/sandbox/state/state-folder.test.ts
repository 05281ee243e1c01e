// The folder of a running sandbox: who may read it, who finds it, and what is left of it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SandboxError } from '../../../sandbox/errors.ts'
import { type Endpoints, findEndpoints, openStateFolder } from '../../../sandbox/state/state-folder.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'state-folder-test-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const endpoints = (pid = process.pid): Endpoints => ({
  pid,
  kubernetes: 'https://127.0.0.1:1',
  kubeconfig: '/k',
  gateway: 'http://127.2.0.10:8080',
  metrics: null,
  readyz: null,
  livez: null,
  probes: null,
  control: 'http://127.0.0.1:2',
  token: 't',
})
/** No process has it: past the largest pid that Linux gives. */
const DEAD_PID = 2 ** 22 + 1

describe('a state folder', () => {
  it('that is named is made, is ours alone, and stays without what said that a sandbox runs', async () => {
    const path = join(base, 'a', 'b')
    const folder = openStateFolder(path)
    const kubeconfig = folder.writeKubeconfig('apiVersion: v1\n')
    folder.writeEndpoints(endpoints())
    expect([readFileSync(kubeconfig, 'utf8'), findEndpoints(path)]).toEqual(['apiVersion: v1\n', endpoints()])
    for (const file of [kubeconfig, join(path, 'endpoints.json')]) expect(statSync(file).mode & 0o077).toBe(0)
    expect(statSync(path).mode & 0o077).toBe(0)
    await folder.close()
    expect([existsSync(path), existsSync(kubeconfig), existsSync(join(path, 'endpoints.json'))]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('that is not named is temporary, and goes', async () => {
    const folder = openStateFolder(undefined)
    folder.writeEndpoints(endpoints())
    expect(statSync(folder.path).mode & 0o077).toBe(0)
    await folder.close()
    expect(existsSync(folder.path)).toBe(false)
  })

  it('in which a sandbox runs is refused, and one whose sandbox died is not', () => {
    const folder = openStateFolder(base)
    folder.writeEndpoints(endpoints())
    expect(() => openStateFolder(base)).toThrow(`a sandbox runs in ${base} already (process ${process.pid})`)
    folder.writeEndpoints(endpoints(DEAD_PID))
    expect(openStateFolder(base).path).toBe(base)
  })

  it('that can’t be made is an error that says so', () => {
    writeFileSync(join(base, 'file'), '')
    expect(() => openStateFolder(join(base, 'file', 'x'))).toThrow(SandboxError)
  })
})

describe('the running sandbox', () => {
  const runIn = (name: string, pid?: number) => {
    mkdirSync(join(base, `evenkeel-sandbox-${name}`))
    openStateFolder(join(base, `evenkeel-sandbox-${name}`)).writeEndpoints(endpoints(pid))
  }

  it('is found without its folder while there is one', () => {
    runIn('dead', DEAD_PID)
    expect(() => findEndpoints(undefined, base)).toThrow('no sandbox was found: start one with npm start')
    runIn('a')
    expect(findEndpoints(undefined, base)).toEqual(endpoints())
    runIn('b')
    expect(() => findEndpoints(undefined, base)).toThrow('2 sandboxes run: name the folder of one with --state')
  })

  it('is not found in a folder whose file is broken, or that has none', () => {
    expect(() => findEndpoints(base)).toThrow(`no sandbox runs in ${base}`)
    for (const text of ['{', '{"pid": "x"}']) {
      writeFileSync(join(base, 'endpoints.json'), text)
      expect(() => findEndpoints(base)).toThrow(`no sandbox runs in ${base}`)
    }
  })
})
