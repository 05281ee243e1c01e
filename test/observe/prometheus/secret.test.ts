// What a Secret gives, to which server, and in which words it is refused: never with anything that it holds.
import { describe, expect, it } from 'vitest'
import { readSecret } from '../../../controller/observe/prometheus/secret.ts'
import { aSecret, ownCertificate } from './a-secret.ts'

const REF = { namespace: 'shop', name: 'prom' }
const URL = 'https://prom:9090'
const BASIC = 'kubernetes.io/basic-auth'
const read = (secret: ReturnType<typeof aSecret>, url = URL) => readSecret(REF, secret, url)
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a Secret gives', () => {
  it.each<[string, ReturnType<typeof aSecret>, string]>([
    [
      'basic credentials',
      aSecret(URL, { username: 'anna', password: 'pa:ss wörd' }, BASIC),
      `Basic ${base64('anna:pa:ss wörd')}`,
    ],
    ['them under any type', aSecret(URL, { username: 'anna', password: 'x' }), `Basic ${base64('anna:x')}`],
    ['a bearer token', aSecret(URL, { token: 'abc.DEF-1' }), 'Bearer abc.DEF-1'],
    ['a token without the line break of its file', aSecret(URL, { token: 'abc\n' }), 'Bearer abc'],
    [
      'what its type says, of both',
      aSecret(URL, { username: 'a', password: 'b', token: 'c' }, BASIC),
      `Basic ${base64('a:b')}`,
    ],
  ])('%s', (_, secret, authorization) => {
    expect(read(secret)).toMatchObject({ kind: 'ok', authorization, ca: undefined })
  })

  it('certificates, when it has any', () => {
    const { certificate } = ownCertificate()
    expect(read(aSecret(URL, { token: 'abc', 'ca.crt': certificate }))).toMatchObject({
      kind: 'ok',
      ca: certificate.trimEnd(),
    })
  })
})

describe('a Secret is refused', () => {
  it.each<[string, ReturnType<typeof aSecret>, RegExp]>([
    [
      'that says nothing of where it may be sent',
      aSecret(undefined, { token: 'hush-hush' }),
      /^Secret shop\/prom does not say where it may be sent: annotate it with evenkeel\.dev\/prometheus-url=URL$/,
    ],
    [
      'that is for another server',
      aSecret('https://other:9090', { token: 'hush-hush' }),
      /^Secret shop\/prom may be sent to https:\/\/other:9090 only, says its annotation/,
    ],
    [
      'that is for plain http',
      aSecret('http://prom:9090', { token: 'hush-hush' }),
      /may be sent to http:\/\/prom:9090 only/,
    ],
    [
      'whose annotation is no URL',
      aSecret('prom:9090', { token: 'hush-hush' }),
      /annotation evenkeel\.dev\/prometheus-url that is no base URL/,
    ],
    ['that is empty', aSecret(URL, {}), /holds neither username and password nor a token/],
    ['without a password', aSecret(URL, { username: 'hush-hush' }, BASIC), /holds neither/],
    [
      'whose username has a colon',
      aSecret(URL, { username: 'a:b', password: 'hush-hush' }, BASIC),
      /has a username with a colon/,
    ],
    [
      'whose token has two lines',
      aSecret(URL, { token: 'hush-hush\r\nx-evil: 1' }),
      /characters that no header may have/,
    ],
    ['whose token is empty', aSecret(URL, { token: '' }), /characters that no header may have/],
    [
      'whose ca.crt is none',
      aSecret(URL, { token: 'hush-hush', 'ca.crt': 'hush-hush' }),
      /has a ca\.crt that is no certificate in PEM/,
    ],
  ])('%s', (_, secret, why) => {
    const found = read(secret)
    expect(found).toEqual({ kind: 'refused', why: expect.stringMatching(why) })
    expect(JSON.stringify(found)).not.toContain('hush')
  })
})
