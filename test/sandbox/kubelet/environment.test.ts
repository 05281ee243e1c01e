// What a container's process is started with.
import { dirname } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expand, launchOf } from '../../../sandbox/kubelet/environment.ts'
import { aPod } from './a-pod.ts'

const ADDRESS = '127.1.2.3'

function launch(container: object, spec: object = {}) {
  const pod = aPod({ ...spec, containers: [{ name: 'main', command: ['true'], ...container }] })
  const [first] = pod.spec.containers
  if (first === undefined) throw new Error('the pod has no container')
  return launchOf(pod, first, ADDRESS, '/srv')
}

describe('expand', () => {
  test.each([
    ['$(A)', 'one'],
    ['http://$(A):$(B)/', 'http://one:two/'],
    ['$$(A)', '$(A)'],
    ['$(MISSING)', '$(MISSING)'],
    ['$A $(A $', '$A $(A $'],
    ['$$$(A)', '$one'],
    ['5$$', '5$'],
  ])('turns %s into %s', (text, expected) => {
    expect(expand(text, { A: 'one', B: 'two' })).toBe(expected)
  })

  test('leaves every text without a dollar as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('$')),
        (text) => expand(text, { A: 'one' }) === text,
      ),
    )
  })
})

describe('launchOf', () => {
  test('appends the arguments to the command, with the variables in place', () => {
    const { command } = launch({
      command: ['serve', '$(GREETING)'],
      args: ['--listen=$(POD_IP)'],
      env: [{ name: 'GREETING', value: 'hello $(POD_NAME)' }],
    })
    expect(command).toEqual(['serve', 'hello pod-1', `--listen=${ADDRESS}`])
  })

  test('tells the pod who and where it is', () => {
    expect(launch({}).env).toMatchObject({
      POD_IP: ADDRESS,
      POD_NAME: 'pod-1',
      POD_NAMESPACE: 'default',
      NODE_NAME: 'node-1',
      HOSTNAME: 'pod-1',
    })
  })

  test('takes nothing of our own environment but what a process needs, so that no secret of ours leaks', () => {
    process.env.EVENKEEL_TEST_SECRET = 'hush'
    try {
      expect(Object.keys(launch({}).env)).not.toContain('EVENKEEL_TEST_SECRET')
    } finally {
      delete process.env.EVENKEEL_TEST_SECRET
    }
  })

  test('finds the Node that runs us first', () => {
    expect(launch({}).env.PATH?.split(':')[0]).toBe(dirname(process.execPath))
  })

  test.each([
    ['metadata.name', 'pod-1'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', 'uid-1'],
    ["metadata.labels['app']", 'shop'],
    ["metadata.labels['absent']", ''],
    ['spec.nodeName', 'node-1'],
    ['status.podIP', ADDRESS],
  ])('reads the field %s', (fieldPath, expected) => {
    expect(launch({ env: [{ name: 'FIELD', valueFrom: { fieldRef: { fieldPath } } }] }).env.FIELD).toBe(expected)
  })

  test.each([
    [undefined, '/srv'],
    ['shop', '/srv/shop'],
    ['/elsewhere', '/elsewhere'],
  ])('starts in the working folder %s below the root folder', (workingDir, expected) => {
    expect(launch(workingDir === undefined ? {} : { workingDir }).cwd).toBe(expected)
  })

  test.each([
    [{ command: [] }, {}, /main has no command/],
    [{ envFrom: [{ secretRef: { name: 'x' } }] }, {}, /envFrom/],
    [{ env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } }] }, {}, /env TOKEN/],
    [{}, { initContainers: [{ name: 'first' }] }, /initContainers/],
  ])('refuses what only an image or a Secret could give: %j %j', (container, spec, message) => {
    expect(() => launch(container, spec)).toThrow(message)
  })
})
