// Patroni's client against servers that are slow, strange or hostile: an answer in time or a reason, and no secret anywhere else.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { createPatroniClient, type PatroniEndpoint } from '../../controller/databases/patroni.ts'

const CREDENTIALS = { username: 'evenkeel', password: 'hush-hush' }
const BASIC = Buffer.from('evenkeel:hush-hush').toString('base64')
const MEMBER = { state: 'running', role: 'master', xlog: { location: 42 } }
const WISH = { leader: 'db-0', candidate: 'db-1' }
const ends: (() => void)[] = []
const client = createPatroniClient({ lookWithinMs: 10_000 })
/** For servers that never answer. */
const hasty = createPatroniClient({ lookWithinMs: 300 })
const never = new AbortController().signal

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function listen(server: Server, scheme: 'http' | 'https' = 'http'): Promise<PatroniEndpoint> {
  server.listen(0, '127.0.0.1')
  ends.push(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  return { member: 'db-0', scheme, host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
}

async function serve(listener: RequestListener) {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    listener(request, response)
  })
  const endpoint = await listen(server)
  ends.push(() => server.closeAllConnections())
  return { endpoint, seen }
}

const answering = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  serve((_request, response) => void response.writeHead(status, headers).end(body))

describe('a question to a member', () => {
  it('is answered with what is known of Patroni, whatever else it says', async () => {
    const { endpoint, seen } = await answering(200, JSON.stringify({ ...MEMBER, from_the_future: true }))
    expect(await client.member(endpoint, never)).toEqual({ kind: 'ok', value: MEMBER })
    expect(seen.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
      ['GET', '/patroni', undefined],
    ])
  })

  it.each([
    ['nobody listens', 'refused', /^connection refused$/, undefined],
    ['is silent', 'silent', /^no answer within 300 ms$/, () => {}],
    ['hangs up', 'silent', /^it closed the connection without an answer$/, (_, response) => response.destroy()],
    [
      'stops in the middle',
      'silent',
      /^no answer within 300 ms$/,
      (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{'),
    ],
    ['is no Patroni', 'unknown', /^HTTP 404 on GET \/patroni: is this/, (_, response) => response.writeHead(404).end()],
    [
      'forbids it',
      'unknown',
      /^HTTP 403 on GET \/patroni: not allowed$/,
      (_, response) => response.writeHead(403).end(),
    ],
    ['speaks no JSON', 'unknown', /is not as Patroni answers: the answer/, (_, response) => response.end('<html>')],
    [
      'means something else',
      'unknown',
      /is not as Patroni answers: state/,
      (_, response) => response.end('{"state":{},"role":"master"}'),
    ],
    ['floods us', 'unknown', /larger than 1 MiB/, (_, response) => response.end('x'.repeat(1024 * 1024 + 1))],
  ] satisfies [string, string, RegExp, RequestListener | undefined][])(
    'that %s says why there is no answer',
    async (_, kind, why, listener) => {
      const { endpoint } = listener === undefined ? { endpoint: await nobody() } : await serve(listener)
      const asking = why.source.includes('no answer within') ? hasty : client
      expect(await asking.member(endpoint, never)).toEqual({ kind, why: expect.stringMatching(why) })
    },
  )

  it('ends in time where not even a connection is made: the queue of a process that is stopped is full', async () => {
    const script = `require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, function () {
      console.log(this.address().port) })`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    ends.push(() => child.kill('SIGKILL'))
    const port = Number(String((await once(child.stdout, 'data'))[0]))
    child.kill('SIGSTOP')
    const endpoint = { member: 'db-0', scheme: 'http', host: '127.0.0.1', port } as const
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 20 }, () => hasty.member(endpoint, never)))
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(new Set(answers.map((one) => JSON.stringify(one)))).toEqual(
      new Set(['{"kind":"silent","why":"no answer within 300 ms"}']),
    )
  })

  it('that is given up says so at once', async () => {
    const { endpoint } = await serve(() => {})
    const giving = new AbortController()
    const asked = client.cluster(endpoint, giving.signal)
    giving.abort()
    expect(await asked).toEqual({ kind: 'unknown', why: 'the question was given up' })
    expect(await client.cluster(endpoint, AbortSignal.abort())).toMatchObject({ kind: 'unknown' })
  })
})

describe('a wish for a switch', () => {
  it('goes out once, with its precondition and the credentials, and Patroni is quoted', async () => {
    const bodies: string[] = []
    const { endpoint, seen } = await serve((request, response) => {
      request.on('data', (chunk) => bodies.push(String(chunk)))
      request.on('end', () => void response.writeHead(412).end('leader name does not match\r\n'))
    })
    expect(await client.wish(endpoint, WISH, CREDENTIALS, never)).toEqual({
      kind: 'ok',
      value: { status: 412, text: 'leader name does not match' },
    })
    await client.wish(endpoint, { leader: undefined, candidate: 'db-1' }, undefined, never)
    expect(seen.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
      ['POST', '/switchover', `Basic ${BASIC}`],
      ['POST', '/failover', undefined],
    ])
    expect(bodies.map((body) => JSON.parse(body))).toEqual([WISH, { candidate: 'db-1' }])
  })

  it('is not repeated when the connection breaks', async () => {
    const { endpoint, seen } = await serve((request) => void request.socket.destroy())
    expect(await client.wish(endpoint, WISH, CREDENTIALS, never)).toMatchObject({ kind: 'silent' })
    expect(seen).toHaveLength(1)
  })

  it('does not follow a redirect, and takes no credentials elsewhere', async () => {
    const other = await answering(200, '{}')
    const location = `http://127.0.0.1:${other.endpoint.port}/switchover`
    const { endpoint } = await answering(307, '', { location })
    expect(await client.wish(endpoint, WISH, CREDENTIALS, never)).toMatchObject({ kind: 'ok', value: { status: 307 } })
    expect(other.seen).toEqual([])
  })

  it('quotes no secret that a server sends back, and no more than a line', async () => {
    const { endpoint } = await answering(500, `${BASIC} and hush-hush\n\u0007${'long '.repeat(200)}`)
    const answer = await client.wish(endpoint, WISH, CREDENTIALS, never)
    const { text } = answer.kind === 'ok' ? answer.value : { text: '' }
    expect(text).toMatch(/^\*\*\* and \*\*\* long long /)
    expect(text.length).toBeLessThan(310)
  })
})

describe('over TLS', () => {
  it.each([
    ['that names the member', 'db-0', 'ok', undefined],
    ['that names another', 'db-1', 'unknown', /does not match certificate's altnames/],
  ])('a certificate %s is judged by that name', async (_, named, kind, why) => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: named }], {
      keyType: 'ec',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: named }] },
      ],
    })
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, cert])
    ends.push(() => setDefaultCACertificates(before))
    const server = createSecureServer({ key, cert }, (_request, response) => void response.end(JSON.stringify(MEMBER)))
    ends.push(() => server.closeAllConnections())
    const own = createPatroniClient({ lookWithinMs: 10_000 })
    const answer = await own.member(await listen(server, 'https'), never)
    await own.close()
    expect(answer).toEqual(why === undefined ? { kind, value: MEMBER } : { kind, why: expect.stringMatching(why) })
  })
})

/** An address that was somebody's. */
async function nobody(): Promise<PatroniEndpoint> {
  const server = createTcpServer()
  const endpoint = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return endpoint
}
