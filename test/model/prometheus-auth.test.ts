// Where a Secret says that its credentials may be sent: that place and what is below it, and nowhere else.
import { describe, expect, it } from 'vitest'
import { liesWithin } from '../../controller/model/prometheus-auth.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'

describe('a URL lies within', () => {
  it.each([
    ['https://prom:9090', 'https://prom:9090'],
    ['https://prom:9090/', 'https://prom:9090'],
    ['https://PROM:9090', 'https://prom:9090/'],
    ['https://prom', 'https://prom:443'],
    ['https://prom/tenant/a', 'https://prom/tenant'],
    ['https://prom/tenant', 'https://prom/tenant/'],
    ['http://prom/a', 'http://prom'],
  ])('%s in %s', (url, allowed) => {
    expect(liesWithin(url, allowed)).toBe(true)
  })

  it.each([
    ['http://prom:9090', 'https://prom:9090'],
    ['https://prom:9090', 'http://prom:9090'],
    ['https://prom:9091', 'https://prom:9090'],
    ['https://prom.evil.example', 'https://prom'],
    ['https://prom@evil.example', 'https://prom'],
    ['https://evil.example/https://prom', 'https://prom'],
    ['https://prom/tenant-b', 'https://prom/tenant'],
    ['https://prom', 'https://prom/tenant'],
    ['https://prom/tenant/../other', 'https://prom/tenant'],
    ['https://prom/tenant/%2e%2e/other', 'https://prom/tenant'],
    ['https://prom/tenant/..%2fother', 'https://prom/tenant'],
    ['https://prom/tenant/a%2f..%2f..%2fother', 'https://prom/tenant'],
    ['https://prom/tenant/..;/other', 'https://prom/tenant'],
    ['https://prom/tenant//other', 'https://prom/tenant'],
  ])('%s not in %s', (url, allowed) => {
    expect(liesWithin(url, allowed)).toBe(false)
  })
})

it.each(['Prom', 'a/b', '', '../x', '.'])('"%s" is no name of a Secret', (secret) => {
  const prometheus = { url: 'https://prom', auth: { secret } }
  const validation = validateGuardSpec({ target: { name: 'a' }, signals: { from: { prometheus } } })
  expect(validation).toMatchObject({ ok: false, faults: [{ field: 'spec.signals.from.prometheus.auth.secret' }] })
})
