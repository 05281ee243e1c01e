// Credentials that rotate, exec plugins, and proxies.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { KubeClient } from '../../controller/kube/client.ts'
import { readScale } from '../../controller/kube/scale.ts'
import { kubeconfig, sendJson, statusObject } from './api-double.ts'
import { CHECKOUT, failureOf, SCALE, useRig } from './rig.ts'
import { startSocksProxy } from './socks-proxy.ts'

const rig = useRig()

describe('credentials', () => {
  async function connectAs(user: Readonly<Record<string, unknown>>): Promise<KubeClient> {
    const path = join(rig.folder, 'kubeconfig')
    await writeFile(path, kubeconfig(rig.api.url, user))
    return rig.connect({ kubeconfigPath: path })
  }

  test('a token and a name with password are sent as they should be', async () => {
    await readNothing(await connectAs({ token: 'secret' }))
    await readNothing(await connectAs({ username: 'anna', password: 'pass' }))
    expect(rig.api.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer secret',
      `Basic ${Buffer.from('anna:pass').toString('base64')}`,
    ])
  })

  test('a token file that was rotated is read again on a 401, and the request repeated once', async () => {
    const tokenFile = join(rig.folder, 'token')
    await writeFile(tokenFile, 'old\n')
    const client = await connectAs({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } })
    rig.api.answer((request, response) =>
      request.headers.authorization === 'Bearer new'
        ? sendJson(response, 200, {})
        : sendJson(response, 401, statusObject(401, 'Unauthorized', 'Unauthorized')),
    )
    await writeFile(tokenFile, 'new\n')
    await readNothing(client)
    expect(rig.api.requests.map((request) => request.headers.authorization)).toEqual(['Bearer old', 'Bearer new'])
  })

  test('credentials that stay refused are not asked for over and over', async () => {
    const client = await connectAs({ token: 'wrong' })
    rig.api.answer((_, response) => sendJson(response, 401, statusObject(401, 'Unauthorized', 'Unauthorized')))
    for (let i = 0; i < 5; i += 1) expect((await failureOf(readNothing(client))).status).toBe(401)
    expect(rig.api.requests).toHaveLength(6)
  })

  test('an exec plugin gives the token', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'made' },
    }
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `process.stdout.write(${JSON.stringify(JSON.stringify(credential))})`],
    }
    await readNothing(await connectAs({ exec }))
    expect(rig.api.requests[0]?.headers.authorization).toBe('Bearer made')
  })

  test.each([
    [
      'fails',
      'process.stderr.write("login first"); process.exit(1)',
      /login first\)\. Check the token file, exec plugin/,
    ],
    ['hangs', 'setTimeout(() => undefined, 10_000)', /nothing came within 500 ms/],
  ])('an exec plugin that %s is named as the cause', async (_, script, says) => {
    const path = join(rig.folder, 'kubeconfig')
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] }
    await writeFile(path, kubeconfig(rig.api.url, { exec }))
    const error = await failureOf(rig.connect({ kubeconfigPath: path, requestTimeoutMs: 500 }))
    expect(error.reason).toBe('Credentials')
    expect(error.message).toMatch(says)
  })

  function readNothing(client: KubeClient): Promise<unknown> {
    return client.request({ method: 'GET', path: '/version', object: 'version' })
  }
})

describe('proxies', () => {
  async function connectThrough(proxyUrl: string, server: string): Promise<KubeClient> {
    const path = join(rig.folder, 'kubeconfig')
    const through = { server, 'insecure-skip-tls-verify': true, 'proxy-url': proxyUrl }
    const config = { ...JSON.parse(kubeconfig(server)), clusters: [{ name: 'double', cluster: through }] }
    await writeFile(path, JSON.stringify(config))
    return rig.connect({ kubeconfigPath: path })
  }

  test('an HTTP proxy of the kubeconfig is used', async () => {
    rig.api.answer((_, response) => sendJson(response, 200, SCALE))
    const client = await connectThrough(rig.api.url, 'http://cluster.invalid')
    expect((await readScale(client, CHECKOUT)).replicas).toBe(3)
    expect(rig.api.requests[0]?.headers.host).toBe('cluster.invalid')
  })

  test('a SOCKS proxy of the kubeconfig is used', async () => {
    rig.api.answer((_, response) => sendJson(response, 200, SCALE))
    const proxy = await startSocksProxy(Number(new URL(rig.api.url).port))
    const client = await connectThrough(proxy.url, 'http://cluster.invalid:6443')
    expect((await readScale(client, CHECKOUT)).replicas).toBe(3)
    expect(proxy.asked).toEqual(['cluster.invalid'])
    await proxy.close()
  })
})
