// What a Secret says: which credentials, by whose certificates the server is known, and where alone they may be sent.
import { X509Certificate } from 'node:crypto'
import { type JsonObject, textAt, textsAt } from '../../kube/json.ts'
import { messageOf } from '../../model/errors.ts'
import { ANNOTATIONS } from '../../model/names.ts'
import { isBaseUrl, liesWithin } from '../../model/prometheus-auth.ts'
import { decodeEntry, nameOf, type SecretRef } from '../secrets.ts'

export type Credentials =
  | {
      readonly kind: 'ok'
      /** The value of the Authorization header. */
      readonly authorization: string
      /** PEM; undefined for the certificates that every server is checked by. */
      readonly ca: string | undefined
      /** The parts of them that nobody may read. */
      readonly secrets: readonly string[]
    }
  /** `why` names the Secret, and nothing that it holds. */
  | { readonly kind: 'refused'; readonly why: string }

/** The credentials of a Secret for this server, if it may have them. */
export function readSecret(ref: SecretRef, secret: JsonObject, url: string): Credentials {
  const refused = (why: string): Credentials => ({ kind: 'refused', why: `${nameOf(ref)} ${why}` })
  const allowed = textAt(secret, 'metadata', 'annotations', ANNOTATIONS.prometheusUrl)
  if (allowed === undefined)
    return refused(`does not say where it may be sent: annotate it with ${ANNOTATIONS.prometheusUrl}=URL`)
  if (!isBaseUrl(allowed))
    return refused(
      `has an annotation ${ANNOTATIONS.prometheusUrl} that is no base URL: write one like https://host:9090`,
    )
  if (!liesWithin(url, allowed))
    return refused(`may be sent to ${allowed} only, says its annotation ${ANNOTATIONS.prometheusUrl}`)
  const data = textsAt(secret, 'data')
  const [username, password, token, ca] = ['username', 'password', 'token', 'ca.crt'].map((key) =>
    decodeEntry(data[key]),
  )
  const fault = ca === undefined ? undefined : certificateFault(ca)
  if (fault !== undefined) return refused(`has a ca.crt that is no certificate in PEM (${fault})`)
  if (textAt(secret, 'type') === 'kubernetes.io/basic-auth' || token === undefined) {
    if (username === undefined || password === undefined)
      return refused('holds neither username and password nor a token: it needs either')
    if (username.includes(':')) return refused('has a username with a colon, which basic authentication does not know')
    const pair = Buffer.from(`${username}:${password}`).toString('base64')
    return { kind: 'ok', authorization: `Basic ${pair}`, ca, secrets: [password, pair].filter((one) => one !== '') }
  }
  if (!/^[\x21-\x7e]+$/.test(token)) return refused('has a token with characters that no header may have')
  return { kind: 'ok', authorization: `Bearer ${token}`, ca, secrets: [token] }
}

function certificateFault(pem: string): string | undefined {
  try {
    new X509Certificate(pem)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
