// Finding the cluster: where is looked, in which order, and what is said when nothing usable is there.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { ConfigError } from '../../controller/model/errors.ts'
import { kubeconfig } from './api-double.ts'
import { useRig } from './rig.ts'

const rig = useRig()

/** Where a process looks that names no file. */
const anywhere = { kubeconfigPath: undefined }

test('with nothing configured the error names everything that was tried', async () => {
  vi.stubEnv('KUBECONFIG', '')
  vi.stubEnv('HOME', rig.folder)
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '')
  await expect(rig.connect(anywhere)).rejects.toThrow(
    /Tried: KUBECONFIG \(not set\); .*\.kube\/config \(no such file\); .*KUBERNETES_SERVICE_HOST is not set/,
  )
})

test('in a pod the service account’s address and namespace are taken', async () => {
  const mount = join(rig.folder, 'var/run/secrets/kubernetes.io/serviceaccount')
  await mkdir(mount, { recursive: true })
  await writeFile(join(mount, 'token'), 'secret')
  await writeFile(join(mount, 'namespace'), 'evenkeel-system')
  await writeFile(join(mount, 'ca.crt'), '')
  vi.stubEnv('KUBECONFIG', '')
  vi.stubEnv('HOME', rig.folder)
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
  const client = await rig.connect({ ...anywhere, serviceAccountRoot: rig.folder })
  expect([client.server, client.namespace]).toEqual(['https://10.0.0.1', 'evenkeel-system'])
})

test('KUBECONFIG and ~/.kube/config are found', async () => {
  vi.stubEnv('KUBECONFIG', rig.api.kubeconfigPath)
  const first = await rig.connect(anywhere)
  await mkdir(join(rig.folder, '.kube'))
  await writeFile(join(rig.folder, '.kube/config'), kubeconfig('https://10.9.9.9:6443'))
  vi.stubEnv('KUBECONFIG', '')
  vi.stubEnv('HOME', rig.folder)
  const second = await rig.connect(anywhere)
  expect([first.server, second.server]).toEqual([rig.api.url, 'https://10.9.9.9:6443'])
  expect(first.namespace).toBe('shop')
})

test.each([
  { name: 'a file that is not there', text: undefined, says: /can't be loaded.*no such file/ },
  { name: 'a file that is not YAML', text: '{[', says: /can't be loaded/ },
  { name: 'an empty file', text: '', says: /can't be loaded|not in/ },
  { name: 'an address that is none', text: kubeconfig('localhost'), says: /"localhost".*is not an http/ },
  {
    name: 'plain http without saying that it is meant so',
    text: kubeconfig('http://127.0.0.1:1').replace('"insecure-skip-tls-verify":true', '"x":1'),
    says: /plain http.*insecure-skip-tls-verify/,
  },
  {
    name: 'a context of another name',
    text: kubeconfig('https://127.0.0.1').replace('"current-context":"double"', '"current-context":"prod"'),
    says: /context "prod" is not in .*\(it has: double\)/,
  },
])('$name is a clear ConfigError', async ({ text, says }) => {
  const path = join(rig.folder, 'kubeconfig')
  if (text !== undefined) await writeFile(path, text)
  const failure = await rig.connect({ kubeconfigPath: path }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ConfigError)
  expect(String(failure)).toMatch(says)
})

test('a context asked for by name is used', async () => {
  await expect(rig.connect({ context: 'prod' })).rejects.toThrow(/context "prod"/)
  expect((await rig.connect({ context: 'double' })).server).toBe(rig.api.url)
})
