// Who may ask: a certificate made at the start, a token that only the kubeconfig holds.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { generate } from 'selfsigned'
import { stringify } from 'yaml'

const DAY_MS = 24 * 60 * 60_000
const DAYS = 365

export interface Access {
  /** PEM. */
  readonly key: string
  readonly certificate: string
  readonly token: string
}

/** A new certificate for loopback and a new token. */
export async function createAccess(): Promise<Access> {
  const now = Date.now()
  const made = await generate([{ name: 'commonName', value: 'evenkeel-sandbox' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { key: made.private, certificate: made.cert, token: randomBytes(32).toString('hex') }
}

/** Whether the Authorization header carries the token. */
export function isAllowed({ token }: Access, authorization: string | undefined): boolean {
  const said = Buffer.from(/^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? '')
  const wanted = Buffer.from(token)
  return said.length === wanted.length && timingSafeEqual(said, wanted)
}

/** YAML. */
export function kubeconfigFor({ certificate, token }: Access, url: string): string {
  const ca = Buffer.from(certificate).toString('base64')
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server: url, 'certificate-authority-data': ca } }],
    users: [{ name: 'sandbox', user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox', namespace: 'shop' } }],
    'current-context': 'sandbox',
  })
}
