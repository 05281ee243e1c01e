// What promtool and amtool say of the generated files: rules, the test of every alert, the configuration, and whom each alert reaches.
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildAlerts } from '../../alerts/build.ts'
import { PACES, type RuleSet } from '../../alerts/model.ts'
import { filesOf } from '../../alerts/output/files.ts'
import { groupsOf } from '../../alerts/output/rules.ts'
import { promtoolTests } from '../../alerts/output/tests.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'
import { describeWith, program } from '../components/support/programs.ts'
import { guardOf, OPTIONS } from './guards.ts'

interface Said {
  readonly code: number
  readonly output: string
}

/** Both, with what they print to either stream. */
function run(name: 'promtool' | 'amtool', ...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(program(name), args, { env: { PATH: process.env.PATH ?? '' } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1)
      resolve({ code, output: `${stdout}${stderr}` })
    })
  })
}

describeWith(['prometheus', 'prometheus-alertmanager'], 'the generated files', () => {
  const guards = [
    guardOf(),
    guardOf({ objectives: { availability: '99.99%', window: '3d' }, limits: { minimumRequests: 1 } }, 'ledger'),
  ]
  const built = buildAlerts(guards, OPTIONS)
  const files = filesOf(built, { labels: {} })
  const tests = files.filter(({ path }) => path.startsWith('tests/')).map(({ path }) => path)
  let folder: TemporaryFolder

  beforeAll(() => {
    folder = createTemporaryFolder('evenkeel-alerts-')
    for (const { path, text } of files) write(path, text)
  })
  afterAll(() => folder.remove())

  function write(path: string, text: string): string {
    const file = join(folder.path, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  const path = (name: string) => join(folder.path, name)

  it('are rules that promtool checks', async () => {
    const rules = built.sets.map(({ name }) => path(`rules/${name}.yaml`))
    expect(rules).toHaveLength(3)
    const { code, output } = await run('promtool', 'check', 'rules', '--lint-fatal', ...rules)
    expect({ code, output }).toMatchObject({ code: 0, output: expect.not.stringContaining('FAILED') })
  })

  it.each(tests)(
    '%s: every alert fires when it should, and is silent when not',
    async (name) => {
      expect(await run('promtool', 'test', 'rules', path(name))).toMatchObject({ code: 0 })
    },
    120_000,
  )

  it('prove something: an alert that is never and one that is always there fail their cases', async () => {
    const [own] = built.sets
    if (own === undefined) throw new Error('nothing is generated')
    for (const [expr, isFiring] of [
      ['vector(1) > 1', false],
      ['vector(1)', true],
    ] as const) {
      const broken: RuleSet = {
        ...own,
        groups: own.groups.map((group) => ({
          ...group,
          alerts: group.alerts.map(({ rule: { for: _, ...rule }, cases }) => ({
            rule: { ...rule, expr },
            // What is always there has no labels of series.
            cases: cases.map(({ of: _, ...one }) => one),
          })),
        })),
      }
      // JSON is YAML.
      const rules = write('broken/rules.yaml', JSON.stringify({ groups: groupsOf(broken) }))
      const cases = promtoolTests(broken, rules, '1m')
      const { code, output } = await run('promtool', 'test', 'rules', write('broken/tests.yaml', JSON.stringify(cases)))
      expect(code).toBe(1)
      const failed = new Set([...output.matchAll(/^ +name: (.*),$/gm)].map(([, one]) => one))
      const wrong = cases?.tests.filter(({ name }) => name.includes(isFiring ? ' is silent: ' : ' fires: ')) ?? []
      expect(wrong.length).toBeGreaterThan(4)
      for (const { name } of wrong)
        expect(
          [...failed].some((one) => one?.includes(name)),
          `${name} passes`,
        ).toBe(true)
      expect(failed.size).toBe(wrong.length)
    }
  })

  it('have cases for every pace', () => {
    expect(tests.map((name) => name.split('.').at(-2))).toEqual(expect.arrayContaining([...PACES]))
  })

  it('are a whole configuration that amtool takes', async () => {
    const { code, output } = await run('amtool', 'check-config', path('alertmanager.yaml'))
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('1 inhibit rules') })
  })

  const of = (more: Record<string, string>) =>
    Object.entries({ alertname: 'A', namespace: 'shop', service: 'checkout', slo: 'remedies', ...more })
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}=${value}`)

  it.each([
    ['a page', of({ severity: 'critical' }), 'evenkeel-page'],
    ['a warning', of({ severity: 'warning' }), 'evenkeel-ticket'],
    ['what is only to be known', of({ severity: 'info' }), 'evenkeel-ticket'],
    ['the watchdog', of({ severity: 'none', alertname: 'EvenkeelWatchdog' }), 'evenkeel-watchdog'],
    ['a page that is not ours', of({ severity: 'critical', slo: '' }), 'everything-else'],
    ['a page without a service', of({ severity: 'critical', service: '' }), 'everything-else'],
    ['a warning without a namespace', of({ severity: 'warning', namespace: '' }), 'everything-else'],
    ['something else', ['alertname=DiskFull'], 'everything-else'],
  ])('send %s where it belongs', async (_, labels, receiver) => {
    const args = ['config', 'routes', 'test', '--config.file', path('alertmanager.yaml')]
    const { code, output } = await run('amtool', ...args, '--verify.receivers', receiver, ...labels)
    expect({ code, output }).toMatchObject({ code: 0 })
  })
})
