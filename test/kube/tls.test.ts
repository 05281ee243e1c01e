// TLS: the cluster's CA is verified, client certificates are shown, and rotated ones are taken up on a fresh pool.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { type Clock, systemClock } from '../../controller/model/clock.ts'
import { KubeError } from '../../controller/model/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-tls-'))
const file = (name: string) => join(folder, name)
/** Common names of the client certificates shown, in the order of the requests. */
const shown: string[] = []
let server: Server
let client: KubeClient | undefined

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
}

function makeAuthority(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes']
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-keyout', `${name}.key`, '-out', `${name}.crt`, ...subject)
}

function makeCertificate(name: string, authority: string): void {
  writeFileSync(file('ext'), 'subjectAltName=IP:127.0.0.1')
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  )
  const signer = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial']
  openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-days', '2', '-extfile', 'ext', '-out', `${name}.crt`)
}

beforeAll(async () => {
  for (const authority of ['cluster-ca', 'other-ca']) makeAuthority(authority)
  for (const name of ['api', 'anna', 'berta']) makeCertificate(name, 'cluster-ca')
  const ca = readFileSync(file('cluster-ca.crt'))
  const identity = { key: readFileSync(file('api.key')), cert: readFileSync(file('api.crt')) }
  server = createServer({ ...identity, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const name = request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().subject?.CN : undefined
    shown.push(String(name))
    response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  await client?.close()
})

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

async function connect(
  cluster: Record<string, unknown>,
  user: Record<string, unknown>,
  clock: Clock,
): Promise<KubeClient> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port: did it start?')
  const config = {
    'current-context': 'tls',
    clusters: [{ name: 'tls', cluster: { server: `https://127.0.0.1:${address.port}`, ...cluster } }],
    users: [{ name: 'tls', user }],
    contexts: [{ name: 'tls', context: { cluster: 'tls', user: 'tls' } }],
  }
  writeFileSync(file('kubeconfig'), JSON.stringify(config))
  client = await connectKube({ kubeconfigPath: file('kubeconfig'), requestTimeoutMs: 5000, clock })
  return client
}

const version = { method: 'GET', path: '/version', object: 'version' } as const

test('a client certificate that was rotated is taken up within half a minute', async () => {
  let ahead = 0
  const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead }
  const use = (name: string) => {
    writeFileSync(file('client.crt'), readFileSync(file(`${name}.crt`)))
    writeFileSync(file('client.key'), readFileSync(file(`${name}.key`)))
  }
  use('anna')
  const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' }
  const kube = await connect({ 'certificate-authority': 'cluster-ca.crt' }, user, clock)
  await kube.request(version)
  use('berta')
  await kube.request(version)
  ahead = 30_001
  await kube.request(version)
  expect(shown).toEqual(['anna', 'anna', 'berta'])
})

test('a server that the cluster’s CA did not sign for is refused, and the error says so', async () => {
  const kube = await connect({ 'certificate-authority': 'other-ca.crt' }, { token: 'secret' }, systemClock)
  const error = await kube.request(version).catch((thrown: unknown) => thrown)
  if (!(error instanceof KubeError)) throw new Error('expected a KubeError', { cause: error })
  expect([error.status, error.reason]).toEqual([0, 'SELF_SIGNED_CERT_IN_CHAIN'])
  expect(error.message).toMatch(/check the certificate-authority of the kubeconfig/)
})
