// Traces as they leave the process: a real OTLP/HTTP receiver on loopback, and a process of its own that sends to it.
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { runNode } from '../cli/evenkeel.ts'
import { sendJson, startApiDouble } from '../kube/api-double.ts'

const TRACES = new URL('../../controller/record/traces.ts', import.meta.url)

/** A tick with an act inside, and a tick that fails; then the end of the process. */
const SCRIPT = `import { startTracing, withSpan } from '${TRACES}'
const stop = await startTracing(process.env, '1.2.3')
await withSpan('evenkeel.tick', { 'evenkeel.guard': 'shop/checkout' }, () =>
  withSpan('evenkeel.act', { 'evenkeel.to': 4 }, async (span) => span.setAttribute('evenkeel.outcome', 'done')))
const thrown = await withSpan('evenkeel.tick', {}, async () => { throw new TypeError('no pods') }).catch((error) => error)
const stopped = await stop().then(() => 'well', String)
console.log(JSON.stringify({ thrown: String(thrown), stopped }))`

/** Lists every module that is loaded, on standard error. */
const LISTING = `data:text/javascript,import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { console.error(url); return next(url, context) } })`

const VALUE = z.object({ stringValue: z.string().optional(), intValue: z.coerce.number().optional() })
const ATTRIBUTES = z
  .array(z.object({ key: z.string(), value: VALUE }))
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? value.intValue])))
const EXPORT = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: ATTRIBUTES }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              attributes: ATTRIBUTES,
              status: z.object({ code: z.number(), message: z.string().optional() }),
              events: z.array(z.object({ name: z.string(), attributes: ATTRIBUTES })),
            }),
          ),
        }),
      ),
    }),
  ),
})

async function startReceiver() {
  const receiver = await startApiDouble()
  onTestFinished(() => receiver.close())
  return receiver
}

/** Runs the script with this environment; what it found out, and the modules it loaded. */
async function run(env: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await runNode(
    process.execPath,
    ['--import', LISTING, '--input-type=module', '-e', SCRIPT],
    { env },
  )
  expect(code, stderr).toBe(0)
  const modules = stderr.split('\n')
  return { ...z.object({ thrown: z.string(), stopped: z.string() }).parse(JSON.parse(stdout)), modules }
}

const isSdk = (module: string) => /@opentelemetry\/(sdk-|exporter-|otlp-)/.test(module)

describe('with an OTLP endpoint', () => {
  it.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
    'that %s names, every span is there when the process has ended',
    async (variable) => {
      const receiver = await startReceiver()
      const url = variable.includes('TRACES') ? `${receiver.url}/v1/traces` : receiver.url
      const { thrown, stopped, modules } = await run({ [variable]: url })
      expect([thrown, stopped]).toEqual(['TypeError: no pods', 'well'])
      expect(modules.some(isSdk)).toBe(true)

      expect(receiver.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/traces'])
      const { resourceSpans } = EXPORT.parse(JSON.parse(receiver.requests[0]?.body ?? ''))
      expect(resourceSpans[0]?.resource.attributes).toMatchObject({
        'service.name': 'evenkeel',
        'service.version': '1.2.3',
      })
      const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
      const [act, tick, failed] = spans
      expect(spans).toMatchObject([
        { name: 'evenkeel.act', attributes: { 'evenkeel.to': 4, 'evenkeel.outcome': 'done' }, status: { code: 0 } },
        { name: 'evenkeel.tick', attributes: { 'evenkeel.guard': 'shop/checkout' }, status: { code: 0 } },
        { name: 'evenkeel.tick', status: { code: 2, message: 'no pods' } },
      ])
      expect([act?.traceId, act?.parentSpanId]).toEqual([tick?.traceId, tick?.spanId])
      expect(failed?.events).toMatchObject([{ name: 'exception', attributes: { 'exception.message': 'no pods' } }])
    },
  )

  it('the name of the service may be another', async () => {
    const receiver = await startReceiver()
    await run({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: 'evenkeel-blue' })
    const { resourceSpans } = EXPORT.parse(JSON.parse(receiver.requests[0]?.body ?? ''))
    expect(resourceSpans[0]?.resource.attributes['service.name']).toBe('evenkeel-blue')
  })

  it('that refuses, the work is done all the same, and only the stop says so', async () => {
    const receiver = await startReceiver()
    receiver.answer((_request, response) => sendJson(response, 400, {}))
    const { thrown, stopped } = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect([thrown, stopped]).toEqual(['TypeError: no pods', 'OTLPExporterError: Bad Request'])
    expect(receiver.requests.length).toBeGreaterThan(0)
  })
})

describe('without an OTLP endpoint', () => {
  it.each([[{}], [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }]])(
    'nothing of the SDK is loaded, and spans cost no more than the work (%j)',
    async (env) => {
      const { thrown, modules } = await run(env)
      expect(thrown).toBe('TypeError: no pods')
      expect(modules.some((module) => module.includes('@opentelemetry/api'))).toBe(true)
      expect(modules.filter(isSdk)).toEqual([])
    },
  )
})
