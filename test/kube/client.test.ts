// The client: one clear error for every failure, and pooled connections.
import { describe, expect, test, vi } from 'vitest'
import type { KubeRequestReport } from '../../controller/kube/client.ts'
import { findObject } from '../../controller/kube/objects.ts'
import { PODS } from '../../controller/kube/resource-type.ts'
import { readScale } from '../../controller/kube/scale.ts'
import { type Answer, sendJson, statusObject } from './api-double.ts'
import { CHECKOUT, failureOf, SCALE, useRig } from './rig.ts'

const rig = useRig()

describe('every failure becomes one error that says what, where and what to do', () => {
  const refusals: readonly {
    name: string
    answer: Answer
    status: number
    reason: string
    says: RegExp
    waitMs?: number
  }[] = [
    {
      name: 'a conflict',
      answer: (_, response) => sendJson(response, 409, statusObject(409, 'Conflict', 'the object has been modified')),
      status: 409,
      reason: 'Conflict',
      says: /^GET Deployment shop\/checkout\/scale: 409 Conflict: the object has been modified\. .*decide anew/,
    },
    {
      name: 'a missing permission',
      answer: (_, response) => sendJson(response, 403, statusObject(403, 'Forbidden', 'cannot get scale')),
      status: 403,
      reason: 'Forbidden',
      says: /RBAC/,
    },
    {
      name: 'a busy server with Retry-After in seconds',
      answer: (_, response) =>
        sendJson(response, 429, statusObject(429, 'TooManyRequests', 'slow down'), { 'retry-after': '3' }),
      status: 429,
      reason: 'TooManyRequests',
      says: /wait/,
      waitMs: 3000,
    },
    {
      name: 'an overloaded server with Retry-After as a date that has passed',
      answer: (_, response) => sendJson(response, 503, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' }),
      status: 503,
      reason: 'HTTP 503',
      says: /not ready/,
      waitMs: 0,
    },
    {
      name: 'a proxy that answers in HTML',
      answer: (_, response) => void response.writeHead(502).end('<h1>Bad Gateway</h1>'),
      status: 502,
      reason: 'HTTP 502',
      says: /Bad Gateway/,
    },
    {
      name: 'an empty 500',
      answer: (_, response) => void response.writeHead(500).end(),
      status: 500,
      reason: 'HTTP 500',
      says: /The API server failed/,
    },
    {
      name: 'garbage in place of JSON',
      answer: (_, response) => void response.writeHead(200).end('{"kind": "Sca'),
      status: 200,
      reason: 'InvalidResponse',
      says: /not the JSON expected/,
    },
    {
      name: 'JSON of another shape',
      answer: (_, response) => sendJson(response, 200, ['no', 'scale']),
      status: 200,
      reason: 'InvalidResponse',
      says: /missing or of another type/,
    },
    {
      name: 'a scale without a version',
      answer: (_, response) => sendJson(response, 200, { spec: { replicas: 3 } }),
      status: 200,
      reason: 'InvalidResponse',
      says: /metadata\.resourceVersion/,
    },
    {
      name: 'a reset connection',
      answer: (_, response) => void response.socket?.resetAndDestroy(),
      status: 0,
      reason: 'ECONNRESET',
      says: /no answer from http:\/\/127\.0\.0\.1/,
    },
    {
      name: 'a connection dropped in mid-body',
      answer(_, response) {
        response.writeHead(200, { 'content-length': '1000' }).write('{"kind":')
        response.socket?.end()
      },
      status: 0,
      reason: 'UND_ERR_SOCKET',
      says: /no answer/,
    },
  ]

  test.each(refusals)('$name', async ({ answer, status, reason, says, waitMs }) => {
    rig.api.answer(answer)
    const error = await failureOf(readScale(await rig.connect(), CHECKOUT))
    expect({ status: error.status, reason: error.reason, waitMs: error.retryAfterMs }).toEqual({
      status,
      reason,
      waitMs,
    })
    expect(error.message).toMatch(says)
  })

  test('a hung server is given up at the deadline, headers or body', async () => {
    const client = await rig.connect({ requestTimeoutMs: 100 })
    rig.api.answer(() => undefined)
    const noHead = await failureOf(readScale(client, CHECKOUT))
    expect([noHead.status, noHead.reason]).toEqual([0, 'DeadlineExceeded'])
    expect(noHead.message).toMatch(/within 100 ms.*Read the object before writing again/)
    rig.api.answer((_, response) => void response.writeHead(200).write('{'))
    expect((await failureOf(readScale(client, CHECKOUT))).reason).toBe('DeadlineExceeded')
  })

  test('a server that is not there', async () => {
    const client = await rig.connect()
    await rig.api.close()
    const error = await failureOf(readScale(client, CHECKOUT))
    expect([error.status, error.reason]).toEqual([0, 'ECONNREFUSED'])
  })

  test('the caller’s abort is not an error of the API: its own reason comes through', async () => {
    rig.api.answer(() => undefined)
    const controller = new AbortController()
    const reading = readScale(await rig.connect(), CHECKOUT, { signal: controller.signal })
    const reason = new Error('shutting down')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })

  test('after close nothing is sent any more', async () => {
    const client = await rig.connect()
    await client.close()
    expect((await failureOf(readScale(client, CHECKOUT))).reason).toBe('Closed')
    expect(rig.api.requests).toHaveLength(0)
  })
})

describe('connections', () => {
  test('a hundred reads one after the other share a socket or two, and close() closes it', async () => {
    rig.api.answer((_, response) => sendJson(response, 200, SCALE))
    const client = await rig.connect()
    for (let i = 0; i < 100; i += 1) await readScale(client, CHECKOUT)
    // A second one opens when a request is sent in the very moment in which the answer before it ends.
    expect(rig.api.connections()).toBeLessThanOrEqual(2)
    await client.close()
    await vi.waitFor(() => expect(rig.api.openConnections()).toBe(0))
  })

  test('a burst opens no more sockets than allowed', async () => {
    rig.api.answer((_, response) => sendJson(response, 200, SCALE))
    const client = await rig.connect({ maxSockets: 8 })
    await Promise.all(Array.from({ length: 200 }, () => readScale(client, CHECKOUT)))
    expect(rig.api.connections()).toBeLessThanOrEqual(8)
    expect(rig.api.requests).toHaveLength(200)
  })

  test('each request names us, and is reported with its status and duration', async () => {
    const reports: KubeRequestReport[] = []
    const client = await rig.connect({ onRequest: (report) => reports.push(report) })
    rig.api.answer((_, response) => sendJson(response, 404, statusObject(404, 'NotFound', 'no such thing')))
    expect(await findObject(client, PODS, { namespace: 'shop', name: 'a' })).toBeUndefined()
    expect(rig.api.requests[0]?.headers['user-agent']).toMatch(/^evenkeel\/\d+\.\d+\.\d+/)
    expect(reports).toMatchObject([{ method: 'GET', object: 'Pod shop/a', status: 404 }])
  })
})
