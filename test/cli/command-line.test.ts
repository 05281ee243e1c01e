// The command line as a whole, run as real processes: help, wrong use, a cluster, and a Node that is too old.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KNOBS } from '../../controller/config.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { type ApiDouble, sendJson, startApiDouble, statusObject } from '../kube/api-double.ts'
import { evenkeel, runNode } from './evenkeel.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('--help', () => {
  it.each([
    ['run', ['--kubeconfig', '--context', '-n, --namespace', '--listen', '--log-level']],
    ['check', ['<file...>', '-o, --output']],
    ['explain', ['<guard>', 'NAMESPACE/NAME', '--kubeconfig', '--context']],
    ['features', ['--kubeconfig', '--context', '-n, --namespace', '-o, --output']],
    [
      'feature',
      [
        '<name>',
        '--kubeconfig',
        '--context',
        '-n, --namespace',
        '--on',
        '--off',
        '--value',
        '--clear',
        '--for',
        '--reason',
      ],
    ],
    ['failovers', ['--kubeconfig', '--context', '-n, --namespace', '-o, --output']],
    [
      'failover',
      [
        '<group>',
        'NAMESPACE/NAME',
        '--kubeconfig',
        '--context',
        '-n, --namespace',
        '--to',
        '--dry-run',
        '--acknowledge',
        '-o, --output',
      ],
    ],
    ['failback', ['<group>', '--kubeconfig', '--context', '-n, --namespace', '--dry-run', '-o, --output']],
    ['status', ['--kubeconfig', '--context', '-n, --namespace', '-w, --watch']],
    [
      'ledger',
      [
        '--from',
        '--window',
        '--at',
        '--since',
        '--merge-gap',
        '--min-duration',
        '--output',
        '--kubeconfig',
        '--context',
      ],
    ],
  ])('of %s names every option', async (command, names) => {
    const { code, stdout, stderr } = await evenkeel([command, '--help'])
    expect([code, stderr]).toEqual([0, ''])
    const options = [...stdout.matchAll(/^ {2}(-\S.*?) {2,}/gm)].map(([, flags]) => flags ?? '')
    const unnamed = options.filter((flags) => ![...names, '--help', '--version'].some((name) => flags.includes(name)))
    expect(unnamed).toEqual([])
    expect(names.filter((name) => !stdout.includes(name))).toEqual([])
    if (command === 'run')
      for (const { env, meaning } of Object.values(KNOBS)) expect(stdout).toContain(`${env.padEnd(28)} ${meaning}`)
  })

  it('lists every command, and --version is that of the package', async () => {
    const [help, version] = await Promise.all([evenkeel(['--help']), evenkeel(['--version'])])
    expect(help.code).toBe(0)
    for (const command of [
      'run',
      'check',
      'explain',
      'status',
      'features',
      'feature',
      'failovers',
      'ledger',
      'dashboards',
    ])
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(version).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
  })
})

describe('used wrongly it says how, on standard error, with exit code 2:', () => {
  it.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ['an unknown command', ['nope'], {}, "error: unknown command 'nope'"],
    ['an unknown option', ['status', '--nope'], {}, "error: unknown option '--nope'"],
    [
      'a Guard without a namespace',
      ['explain', 'checkout'],
      {},
      '"checkout" does not name a Guard: write NAMESPACE/NAME',
    ],
    ['a Guard with too many parts', ['explain', 'a/b/c'], {}, '"a/b/c" does not name a Guard'],
    ['a kubeconfig that is missing', ['status', '--kubeconfig', '/nowhere/at-all'], {}, 'no such file'],
    [
      'a knob that can’t be used',
      ['run'],
      { EVENKEEL_LISTEN: 'here' },
      'evenkeel: EVENKEEL_LISTEN="here" can\'t be used: it is not HOST:PORT',
    ],
  ])('%s', async (_, args, env, says) => {
    const { code, stdout, stderr } = await evenkeel(args, { env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr).not.toMatch(/^ +at /m)
  })
})

describe('on a cluster', () => {
  let api: ApiDouble
  beforeEach(async () => {
    api = await startApiDouble()
  })
  afterEach(() => api.close())

  const GUARD = {
    metadata: { namespace: 'shop', name: 'checkout', resourceVersion: '5' },
    spec: { mode: 'Enforce', target: { kind: 'Deployment', name: 'checkout' } },
    status: { replicas: { wanted: 3, ready: 2 } },
  }

  it('explain reads the Guard and explains it', async () => {
    api.answer((_request, response) => sendJson(response, 200, GUARD))
    const { code, stdout } = await evenkeel(['explain', 'shop/checkout', '--kubeconfig', api.kubeconfigPath])
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'shop/checkout (Enforce) guards Deployment checkout'])
    expect(api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /apis/evenkeel.dev/v1alpha1/namespaces/shop/guards/checkout',
    ])
  })

  it('status lists the Guards of one namespace, with the kubeconfig of the environment', async () => {
    api.answer((_request, response) => sendJson(response, 200, { metadata: { resourceVersion: '9' }, items: [GUARD] }))
    const { code, stdout } = await evenkeel(['status', '-n', 'shop'], {
      env: { EVENKEEL_KUBECONFIG: api.kubeconfigPath },
    })
    expect([code, stdout.split('\n').length]).toEqual([0, 3])
    expect(stdout).toMatch(/^NAMESPACE +GUARD .*\nshop +checkout +Enforce .* 2\/3 /)
    expect(api.requests.map(({ path }) => path)).toEqual(['/apis/evenkeel.dev/v1alpha1/namespaces/shop/guards'])
  })

  it('status --watch shows the table anew each second, an API server that refuses included, until it is interrupted', async () => {
    let asked = 0
    const ready = () => ({ ...GUARD, status: { replicas: { wanted: 3, ready: asked } } })
    api.answer((_request, response) => {
      asked++
      if (asked === 2) sendJson(response, 500, statusObject(500, 'InternalError', 'etcd is away'))
      else sendJson(response, 200, { metadata: { resourceVersion: '9' }, items: [ready()] })
    })
    const child = spawn(process.execPath, [
      `${ROOT}/bin/evenkeel.js`,
      'status',
      '--watch',
      '--kubeconfig',
      api.kubeconfigPath,
    ])
    const exited = once(child, 'exit')
    let shown = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      shown += chunk
      if (/ 3\/3 /.test(shown)) break
    }
    child.kill('SIGINT')
    expect(await exited).toEqual([null, 'SIGINT'])
    expect(shown).toMatch(/ 1\/3 .*evenkeel: GET [^\n]*etcd is away.* 3\/3 /s)
  })

  it('a Guard that does not exist is one clear sentence, exit code 1', async () => {
    api.answer((_request, response) =>
      sendJson(response, 404, statusObject(404, 'NotFound', 'guards "checkout" not found')),
    )
    const { code, stdout, stderr } = await evenkeel(['explain', 'shop/checkout', '--kubeconfig', api.kubeconfigPath])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^evenkeel: GET Guard shop\/checkout: 404 NotFound: .*\n$/)
  })
})

describe('a Node that is too old', () => {
  const sentence = (version: string) =>
    new RegExp(
      `^evenkeel needs Node\\.js 24 or newer, and this is ${version.replaceAll('.', '\\.')} \\(.+\\): install Node 24, .*\\n$`,
    )

  it('gets one clear sentence and exit code 1', async () => {
    // Preloaded, so that the check sees another version than that of the Node which runs it.
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'22.19.0'}})`
    const { code, stdout, stderr } = await runNode(process.execPath, [
      '--import',
      older,
      `${ROOT}/bin/evenkeel.js`,
      'check',
      '-',
    ])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(sentence('22.19.0'))
  })

  it.skipIf(!existsSync('/usr/bin/node'))('gets it from the Node of the system too, when that is older', async () => {
    const version = (await runNode('/usr/bin/node', ['-p', 'process.versions.node'])).stdout.trim()
    const { code, stderr } = await runNode('/usr/bin/node', [`${ROOT}/bin/evenkeel.js`, '--version'])
    if (Number.parseInt(version, 10) >= 24) expect([code, stderr]).toEqual([0, ''])
    else {
      expect(code).toBe(1)
      expect(stderr).toMatch(sentence(version))
    }
  })
})
