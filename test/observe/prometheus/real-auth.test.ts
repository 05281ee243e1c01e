// A real Prometheus behind a password, and with a certificate of its own: asked with what a Secret holds.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPrometheusApi, type PrometheusApi } from '../../../controller/observe/prometheus/api.ts'
import { createCredentialSource } from '../../../controller/observe/prometheus/credentials.ts'
import { sendJson } from '../../kube/api-double.ts'
import { useRig } from '../../kube/rig.ts'
import { manualClock } from '../../runtime/manual-clock.ts'
import { aSecret, ownCertificate } from './a-secret.ts'
import { historyOf, startTestPrometheus, type TestPrometheus } from './server.ts'

const rig = useRig()
const BASIC = 'kubernetes.io/basic-auth'
const START = Date.UTC(2026, 0, 1) / 1000
const USER = { username: 'evenkeel', password: 'hush-hush-ä' }
const SECRET = { namespace: 'shop', name: 'prom' }
let server: TestPrometheus
let api: PrometheusApi
let data: Record<string, string>

async function start(tls?: ReturnType<typeof ownCertificate>): Promise<void> {
  const history = historyOf([{ metric: 'boats', valueAt: () => 3 }], {
    startSeconds: START,
    seconds: 60,
    everySeconds: 5,
  })
  server = await startTestPrometheus({ history, web: { ...USER, ...(tls === undefined ? {} : { tls }) } })
  rig.api.answer((_request, response) => sendJson(response, 200, aSecret(server.url, data, BASIC)))
}

beforeEach(async () => {
  data = USER
  const credentials = createCredentialSource({ client: await rig.connect(), clock: manualClock() })
  api = createPrometheusApi({ credentials })
})
afterEach(async () => {
  await api.close()
  await server.stop()
})

const ask = (secret?: typeof SECRET) => {
  const span = { fromMs: START * 1000, toMs: START * 1000, stepMs: 1000 }
  return api.queryRange({ url: server.url, ...(secret === undefined ? {} : { secret }) }, 'boats', span, 5_000)
}
const THREE = { kind: 'ok', series: [{ points: [{ value: 3 }] }] }

describe('a Prometheus behind a password', () => {
  it('answers with the Secret’s, and says 401 without or with a wrong one', async () => {
    await start()
    expect(await ask()).toEqual({ kind: 'failed', why: `${server.url}: HTTP 401` })
    expect(await ask(SECRET)).toMatchObject(THREE)
  })

  it('that does not accept it is told as such', async () => {
    data = { ...USER, password: 'not-that' }
    await start()
    const why = `${server.url}: HTTP 401: it does not accept the credentials of Secret shop/prom`
    expect(await ask(SECRET)).toEqual({ kind: 'failed', why })
  })
})

describe('a Prometheus with a certificate of its own', () => {
  it('is trusted by the Secret’s ca.crt', async () => {
    const tls = ownCertificate()
    data = { ...USER, 'ca.crt': tls.certificate }
    await start(tls)
    expect(server.url).toMatch(/^https:/)
    expect(await ask(SECRET)).toMatchObject(THREE)
  })

  it.each([
    ['without one', {}],
    ['with that of another', { 'ca.crt': ownCertificate().certificate }],
  ])('is not %s, and gets no credentials', async (_, ca) => {
    data = { ...USER, ...ca }
    await start(ownCertificate())
    expect(await ask(SECRET)).toEqual({ kind: 'failed', why: expect.stringMatching(/^https:.*: TLS: /) })
  })
})
