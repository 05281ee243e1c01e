// The eyes of the method `service`, on real servers on loopback: what well is, and the several ways not to be.
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { GroupTarget, MemberPod } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import { createServiceObserver } from '../../../controller/observe/failover/service.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
const http = (answer: RequestListener) => listen(createServer(answer))

function pod(name: string, more: Partial<MemberPod> = {}): MemberPod {
  return { namespace: 'shop', name, uid: name, ip: '127.0.0.1', ready: true, terminating: false, ...more }
}

function target(check: object | undefined, pods: readonly MemberPod[]): GroupTarget {
  const spec = FAILOVER_GROUP_SPEC.parse({
    method: { service: check === undefined ? {} : { check } },
    service: 'shop',
    interval: '250ms',
    members: [{ name: 'east' }, { name: 'west' }],
  })
  return { namespace: 'shop', name: 'shop', spec, pods: { east: pods }, credentials: undefined }
}

async function reach(check: object | undefined, pods: readonly MemberPod[], signal = new AbortController().signal) {
  const { members } = await createServiceObserver().look(target(check, pods), signal)
  expect(members.map(({ name }) => name)).toEqual(['east', 'west'])
  return members[0]?.reach
}

describe('a member', () => {
  it('is as well as the best of its pods, and gone without any', async () => {
    expect(await reach(undefined, [pod('a')])).toEqual({ kind: 'answers' })
    expect(await reach(undefined, [pod('a', { ready: false })])).toEqual({ kind: 'refused', why: 'pod a is not ready' })
    expect(await reach(undefined, [pod('a', { ready: false }), pod('b')])).toEqual({ kind: 'answers' })
    expect(await reach(undefined, [pod('a', { terminating: true })])).toMatchObject({ kind: 'gone' })
    expect(await reach(undefined, [])).toMatchObject({ kind: 'gone' })
  })

  it('is asked over HTTP where the spec says so', async () => {
    const asked: (string | undefined)[] = []
    const port = await http((request, response) => {
      asked.push(request.url)
      response.writeHead(request.url === '/well' ? 204 : 503).end('x')
    })
    expect(await reach({ port, path: '/well' }, [pod('a')])).toEqual({ kind: 'answers' })
    expect(await reach({ port, path: '/ill' }, [pod('a')])).toEqual({
      kind: 'refused',
      why: `pod a on port ${port}: HTTP 503`,
    })
    expect(await reach({ port, path: '/well' }, [pod('a', { ip: undefined })])).toMatchObject({ kind: 'unknown' })
    expect(asked).toEqual(['/well', '/ill'])
  })

  it('is silent when its pod takes the connection and says nothing, or does not come to an end', async () => {
    const mute = await http(() => {})
    const endless = await http((_request, response) => void response.writeHead(200).write('a'))
    for (const port of [mute, endless])
      expect(await reach({ port, path: '/' }, [pod('a')])).toEqual({
        kind: 'silent',
        why: `pod a on port ${port}: nothing within 250 ms`,
      })
  })

  it('is asked for a connection without a path', async () => {
    const port = await listen(createTcpServer())
    expect(await reach({ port }, [pod('a')])).toEqual({ kind: 'answers' })
    servers.pop()?.close()
    expect(await reach({ port }, [pod('a')])).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('is unknown when the look is given up', async () => {
    const port = await http(() => {})
    const giveUp = new AbortController()
    const seen = reach({ port, path: '/' }, [pod('a')], giveUp.signal)
    giveUp.abort()
    expect(await seen).toMatchObject({ kind: 'unknown' })
  })
})
