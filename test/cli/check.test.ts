// `evenkeel check`: the real command on real files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkFiles, formatCheck } from '../../controller/cli/check.ts'
import { evenkeel } from './evenkeel.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-check-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Writes the file and checks it, from inside its folder, so that the output names it shortly. */
async function check(name: string, text: string, ...flags: string[]) {
  await writeFile(join(folder, name), text)
  return evenkeel(['check', ...flags, name], { cwd: folder })
}

/** The same without a process, for tables. `said` names the file by its name alone. */
async function judge(name: string, text: string) {
  const file = join(folder, name)
  await writeFile(file, text)
  const report = await checkFiles([file])
  return { ok: report.ok, said: formatCheck(report).replaceAll(file, name) }
}

const GOOD = `apiVersion: evenkeel.dev/v1alpha1
kind: Guard
metadata: { name: checkout, namespace: shop }
spec:
  target: { name: checkout }
`

describe('a file', () => {
  it('with a good Guard is well: exit code 0', async () => {
    expect(await check('good.yaml', GOOD)).toEqual({
      code: 0,
      stdout: 'ok       good.yaml:1 (document 1) Guard shop/checkout\n1 Guard checked, 0 invalid.\n',
      stderr: '',
    })
  })

  it('may be JSON', async () => {
    const guard = {
      apiVersion: 'evenkeel.dev/v1alpha1',
      kind: 'Guard',
      metadata: { name: 'a' },
      spec: { target: { name: 'a' } },
    }
    expect(await check('good.json', JSON.stringify(guard))).toMatchObject({ code: 0, stderr: '' })
  })

  it('may hold Features beside Guards', async () => {
    const feature = GOOD.replace('kind: Guard', 'kind: Feature').replace(
      'target: { name: checkout }',
      'tier: Sheddable',
    )
    expect(await judge('both.yaml', `${GOOD}---\n${feature}`)).toEqual({
      ok: true,
      said: [
        'ok       both.yaml:1 (document 1) Guard shop/checkout',
        'ok       both.yaml:7 (document 2) Feature shop/checkout',
        '1 Guard and 1 Feature checked, 0 invalid.',
      ].join('\n'),
    })
    const faulty = await judge('bad-feature.yaml', feature.replace('tier: Sheddable', 'tier: Sheddable\n  normal: on'))
    expect(faulty).toEqual({
      ok: false,
      said: [
        'invalid  bad-feature.yaml:5 (document 1) Feature shop/checkout',
        '         spec.degraded = false is not of the type of spec.normal, which is "on"',
        '         → write text',
        '1 Feature checked, 1 invalid.',
      ].join('\n'),
    })
  })

  it('may come on standard input', async () => {
    const { code, stdout } = await evenkeel(['check', '-'], { stdin: GOOD })
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'ok       -:1 (document 1) Guard shop/checkout'])
  })

  it('with faults has each named with its line, value and what to do: exit code 1', async () => {
    const { code, stdout } = await check(
      'faults.yaml',
      `# the cart
apiVersion: evenkeel.dev/v1alpha1
kind: Guard
metadata:
  name: Cart
spec:
  target: { name: cart }
  limits:
    cpu: 90
    latancy: 500ms
`,
    )
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      'invalid  faults.yaml:5 (document 1) Guard Cart',
      '         metadata.name = "Cart" is not a name Kubernetes accepts',
      '         → write lower-case letters, digits, dashes and dots, beginning and ending with a letter or digit',
      'invalid  faults.yaml:9 (document 1) Guard Cart',
      '         spec.limits.cpu = 90 is a number, not a string',
      expect.stringMatching(/^ {9}→ write it like "90%"/),
      'invalid  faults.yaml:10 (document 1) Guard Cart',
      '         spec.limits.latancy = "500ms" is not a known field',
      '         → did you mean latency?',
      '1 Guard checked, 1 invalid.',
      '',
    ])
  })

  it('is refused for fields that contradict each other, at the line of the first', async () => {
    const { code, stdout } = await check(
      'minmax.yaml',
      `${GOOD}  remedies:\n    - scale:\n        min: 5\n        max: 3\n`,
    )
    expect(code).toBe(1)
    expect(stdout).toContain('invalid  minmax.yaml:8 (document 1)')
    expect(stdout).toContain('spec.remedies[0].scale.min = 5 is above max, which is 3')
  })

  it('without any Guard is no success: exit code 1', async () => {
    const { code, stdout } = await check('other.yaml', 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\n')
    expect([code, stdout]).toEqual([
      1,
      'skipped  other.yaml:1 (document 1) Service a: no Guard, Feature or FailoverGroup\nNo Guard found: a Guard has apiVersion evenkeel.dev/v1alpha1 and kind Guard, Feature or FailoverGroup.\n',
    ])
  })

  it.each([
    ['that is empty', '', 'holds no YAML document'],
    ['with only comments', '---\n# nothing\n', 'No Guard found'],
    ['that is not YAML', 'kind: Guard\nspec: { a\n- b\n', 'broken.yaml:3 (document 1)'],
    ['with a key twice', 'kind: Guard\nspec: {}\nspec: {}\n', 'is not valid YAML: Map keys must be unique'],
    ['with an alias without its anchor', 'kind: Guard\nspec: *missing\n', 'is not valid YAML: Unresolved alias'],
    ['with a list in place of a Guard', '- 1\n', 'No Guard found'],
  ])('%s is explained, not crashed upon', async (_, text, says) => {
    const { ok, said } = await judge('broken.yaml', text)
    expect(ok).toBe(false)
    expect(said).toContain(says)
  })

  it('that is missing is named with the reason, and the others are still checked', async () => {
    await writeFile(join(folder, 'there.yaml'), GOOD)
    const { code, stdout } = await evenkeel(['check', 'missing.yaml', 'there.yaml'], { cwd: folder })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^invalid {2}missing\.yaml:1 .*\n +file can't be read: ENOENT/)
    expect(stdout).toContain('ok       there.yaml:1 (document 1) Guard shop/checkout')
  })
})

describe('documents', () => {
  it('are told apart by number and line; an Incident and other kinds are skipped', async () => {
    const { code, stdout } = await check(
      'many.yaml',
      `${GOOD}---
apiVersion: evenkeel.dev/v1alpha1
kind: Incident
metadata: { name: checkout-1 }
---
apiVersion: evenkeel.dev/v1alpha1
kind: Guard
metadata: { name: cart }
spec:
  target: {}
`,
    )
    expect(code).toBe(1)
    expect(stdout.split('\n').filter((line) => /^\w/.test(line))).toEqual([
      'ok       many.yaml:1 (document 1) Guard shop/checkout',
      'skipped  many.yaml:7 (document 2) Incident checkout-1: no Guard, Feature or FailoverGroup',
      'invalid  many.yaml:15 (document 3) Guard cart',
      '2 Guards checked, 1 invalid.',
    ])
  })

  it('of kind List are opened', async () => {
    const { code, stdout } = await check(
      'list.yaml',
      `apiVersion: v1
kind: List
items:
  - apiVersion: evenkeel.dev/v1alpha1
    kind: Guard
    metadata: { name: checkout, namespace: shop }
    spec: { target: { name: checkout } }
  - apiVersion: evenkeel.dev/v1alpha1
    kind: Guard
    metadata: { name: cart }
    spec:
      target: { name: cart }
      budget: { actions: -1 }
  - apiVersion: v1
    kind: Pod
    metadata: { name: p }
`,
    )
    expect(code).toBe(1)
    expect(stdout.split('\n').filter((line) => /^\w/.test(line))).toEqual([
      'ok       list.yaml:4 (document 1) Guard shop/checkout',
      'invalid  list.yaml:13 (document 1) Guard cart',
      'skipped  list.yaml:14 (document 1) Pod p: no Guard, Feature or FailoverGroup',
      '2 Guards checked, 1 invalid.',
    ])
  })

  it.each([
    [
      'evenkeel.dev/v1alhpa1',
      'Guard',
      'apiVersion = "evenkeel.dev/v1alhpa1" is not known',
      '→ write evenkeel.dev/v1alpha1',
    ],
    ['evenkeel.dev/v1', 'Guard', 'apiVersion = "evenkeel.dev/v1" is not known', '→ write evenkeel.dev/v1alpha1'],
    ['v1', 'Guard', 'apiVersion = "v1" is not known', '→ write evenkeel.dev/v1alpha1'],
    ['evenkeel.dev/v1alpha1', 'Gaurd', 'kind = "Gaurd" is not known', '→ write Guard'],
  ])('of %s %s are near enough to a Guard to be refused, not skipped', async (apiVersion, kind, says, remedy) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\nspec: { target: { name: a } }\n`
    const { ok, said } = await judge('typo.yaml', text)
    expect(ok).toBe(false)
    expect(said).toContain(says)
    expect(said).toContain(remedy)
  })
})

describe('with -o json', () => {
  it('programs read the same: verdict, documents, faults with their lines', async () => {
    const { code, stdout } = await check('json.yaml', GOOD.replace('checkout }', 'checkout, port: 1 }'), '-o', 'json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      guards: 1,
      features: 0,
      groups: 0,
      documents: [
        {
          file: 'json.yaml',
          document: 1,
          line: 1,
          object: 'Guard shop/checkout',
          result: 'invalid',
          faults: [
            {
              field: 'spec.target.port',
              value: '1',
              message: 'is not a known field',
              remedy: 'remove it; known here: kind, name',
              line: 5,
            },
          ],
        },
      ],
    })
  })

  it('a good Guard is ok: exit code 0', async () => {
    const { code, stdout } = await check('json.yaml', GOOD, '--output', 'json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, guards: 1, documents: [{ result: 'ok', faults: [] }] })
  })
})

describe('used wrongly, the exit code is 2', () => {
  it('for an output that is not known', async () => {
    const { code, stdout, stderr } = await check('good.yaml', GOOD, '-o', 'xml')
    expect([code, stdout, stderr]).toEqual([2, '', 'evenkeel: --output xml is not known: write text or json\n'])
  })

  it('for no file at all', async () => {
    const { code, stdout, stderr } = await evenkeel(['check'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain("missing required argument 'file'")
  })
})
