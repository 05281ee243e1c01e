// `evenkeel dashboards` as a process: what it writes, prints and ends with.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { startGrafana, TOKEN } from '../dashboards/grafana-server.ts'
import { evenkeel } from './evenkeel.ts'

const GUARD = 'examples/guard.yaml'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-boards-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const read = (name: string): unknown => parse(readFileSync(join(folder, name), 'utf8'))

describe('build', () => {
  it('writes five boards, and with --per-guard one for each Guard, that its own linter accepts', async () => {
    const built = await evenkeel(['dashboards', 'build', '-o', folder, '--per-guard', '-f', GUARD])
    expect(built).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(folder).toSorted()).toEqual([
      'evenkeel-failover.json',
      'evenkeel-fleet.json',
      'evenkeel-itself.json',
      'evenkeel-reliability.json',
      'evenkeel-service.json',
      'evenkeel-shop-checkout-1dfc2ea5.json',
    ])
    const linted = await evenkeel(['dashboards', 'lint', ...readdirSync(folder).map((name) => join(folder, name))])
    expect(linted).toMatchObject({ code: 0, stderr: '' })
    expect(linted.stdout).toContain('6 dashboards linted, 0 findings.')
  })

  it('writes ConfigMaps that the sidecar finds, with the board as text', async () => {
    await evenkeel(['dashboards', 'build', '-o', folder, '--format', 'configmap', '--manifest-namespace', 'monitoring'])
    expect(read('evenkeel-fleet.yaml')).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'evenkeel-board-fleet',
        namespace: 'monitoring',
        labels: { grafana_dashboard: '1' },
        annotations: { grafana_folder: 'Evenkeel' },
      },
      data: { 'evenkeel-fleet.json': expect.stringContaining('"uid": "evenkeel-fleet"') },
    })
  })

  it('writes the operator’s objects, of the kind that takes the schema', async () => {
    await evenkeel(['dashboards', 'build', '-o', folder, '--format', 'grafana-operator', '--folder', 'SRE'])
    expect(read('evenkeel-fleet.yaml')).toMatchObject({ kind: 'GrafanaDashboard', spec: { folder: 'SRE' } })
    await evenkeel(['dashboards', 'build', '-o', folder, '--format', 'grafana-operator', '--schema', 'v2'])
    expect(read('evenkeel-fleet.yaml')).toMatchObject({
      kind: 'GrafanaManifest',
      spec: { template: { apiVersion: 'dashboard.grafana.app/v2', metadata: { name: 'evenkeel-fleet' } } },
    })
  })

  it.each<[string, string[], number, string]>([
    ['no folder', [], 2, "required option '-o, --output <folder>' not specified"],
    [
      'an unknown format',
      ['-o', '/tmp/x', '--format', 'pdf'],
      2,
      'Allowed choices are json, configmap, grafana-operator',
    ],
    [
      'v2 in a ConfigMap',
      ['-o', '/tmp/x', '--format', 'configmap', '--schema', 'v2'],
      2,
      'use --format grafana-operator',
    ],
    ['Guards without --per-guard', ['-o', '/tmp/x', '-f', GUARD], 2, '--file is for --per-guard'],
    ['runbooks that are no URL', ['-o', '/tmp/x', '--runbooks', 'here'], 2, '--runbooks here is not a URL'],
    ['a file without a Guard', ['-o', '/tmp/x', '--per-guard', '-f', 'package.json'], 1, 'there is no Guard in it'],
    ['a file that is missing', ['-o', '/tmp/x', '--per-guard', '-f', 'nowhere.yaml'], 1, "nowhere.yaml can't be read"],
    ['a folder that is a file', ['-o', 'package.json'], 1, "package.json can't be written"],
  ])('says what is wrong with %s', async (_, args, code, says) => {
    const finished = await evenkeel(['dashboards', 'build', ...args])
    expect(finished).toMatchObject({ code, stdout: '' })
    expect(finished.stderr).toContain(says)
  })
})

describe('lint', () => {
  it('ends with 1 and names each fault with its remedy; -o json is for programs', async () => {
    const file = join(folder, 'bad.json')
    writeFileSync(
      file,
      JSON.stringify({
        title: 'Bad',
        panels: [{ type: 'text', id: 1, title: 'T', gridPos: { x: 20, y: 0, w: 8, h: 8 } }],
      }),
    )
    const text = await evenkeel(['dashboards', 'lint', file])
    expect(text.code).toBe(1)
    expect(text.stdout).toContain(
      `layout\n         ${file} Bad: panel 1 "T" reaches column 28 of 24\n         → place each panel`,
    )
    const json = await evenkeel(['dashboards', 'lint', '-o', 'json', file])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      boards: [{ title: 'Bad', findings: expect.any(Array) }],
    })
  })

  it('reads standard input, and refuses what is no board', async () => {
    const { code, stderr } = await evenkeel(['dashboards', 'lint', '-'], { stdin: 'kind: Namespace' })
    expect([code, stderr]).toEqual([1, expect.stringContaining('- holds no board')])
  })
})

describe('apply', () => {
  it('puts the boards into a Grafana with the token of the environment, and says what it did', async () => {
    const grafana = await startGrafana()
    const args = ['dashboards', 'apply', '--grafana', grafana.url, '--per-guard', '-f', GUARD]
    const dry = await evenkeel([...args, '--dry-run'], { env: { GRAFANA_TOKEN: TOKEN } })
    expect([dry.code, dry.stderr, grafana.boards.size]).toEqual([0, '', 0])
    expect(dry.stdout).toContain('Nothing was written: 6 of 6 dashboards would be written.')
    const first = await evenkeel(args, { env: { GRAFANA_TOKEN: TOKEN } })
    expect(first.stdout).toMatch(/^created {3}Evenkeel \/ shop\/checkout +http:\/\/127/m)
    expect(grafana.boards.size).toBe(6)
    const second = await evenkeel(args, { env: { GRAFANA_TOKEN: TOKEN } })
    expect(second.stdout).toContain('0 of 6 dashboards were written.')
    const refused = await evenkeel(args)
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toMatch(/^evenkeel: GET http.*: HTTP 401 .*set GRAFANA_TOKEN/)
    await grafana.stop()
  })

  it.each([
    [['--grafana', 'grafana'], '--grafana grafana is not a URL'],
    [['--grafana', 'http://127.0.0.1:1', '--timeout', 'soon'], '--timeout soon is not a duration'],
  ])('is used wrongly with %j', async (args, says) => {
    const { code, stderr } = await evenkeel(['dashboards', 'apply', ...args])
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
  })
})
