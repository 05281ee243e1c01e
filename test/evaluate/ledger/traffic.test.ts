// Requests by day: what is counted, and the availability that it makes.
import { describe, expect, it } from 'vitest'
import { countTraffic, requestFigures } from '../../../controller/evaluate/ledger/traffic.ts'
import { daysOf, NO_TRAFFIC, trafficOf } from '../../../controller/model/ledger.ts'
import type { Observations } from '../../../controller/model/signal.ts'

const DAY = 86_400_000
const at = (rps: number, errors: number): Observations => ({
  rps: { kind: 'ok', value: rps },
  errors: { kind: 'ok', value: errors },
})

describe('requests', () => {
  it('are counted for the time since the last reading, by day', () => {
    let days = NO_TRAFFIC
    days = countTraffic(days, at(100, 0), 1000, 2 * DAY - 1000)
    days = countTraffic(days, at(100, 0.5), 2000, 2 * DAY - 1)
    days = countTraffic(days, at(10, 1), 1000, 2 * DAY + 999)
    expect(daysOf(days)).toEqual([
      { start: DAY, requests: 300, failed: 100 },
      { start: 2 * DAY, requests: 10, failed: 10 },
    ])
  })

  it.each<[string, Observations, number]>([
    ['the rate is unknown', { ...at(1, 0), rps: { kind: 'unknown', why: 'x' } }, 1000],
    ['the errors are unknown', { ...at(1, 0), errors: { kind: 'unknown', why: 'x', idle: true } }, 1000],
    ['nobody watched', at(1, 0), 0],
  ])('are not counted while %s', (_, observations, spanMs) => {
    expect(countTraffic(NO_TRAFFIC, observations, spanMs, DAY)).toBe(NO_TRAFFIC)
  })

  it('older than a month are dropped when a day begins', () => {
    const old = trafficOf([{ start: 0, requests: 1, failed: 1 }])
    expect(daysOf(countTraffic(old, at(1, 0), 1000, 40 * DAY))).toHaveLength(1)
  })

  it('one hour at half of them failing is half by requests, whatever it is by time', () => {
    const days = trafficOf([
      { start: DAY, requests: 100, failed: 100 },
      { start: 2 * DAY, requests: 3600, failed: 1800 },
    ])
    expect(requestFigures(days, { start: 2.5 * DAY, end: 3 * DAY })).toEqual({
      requests: 3600,
      availabilityByRequests: 0.5,
    })
    expect(requestFigures(NO_TRAFFIC, { start: 0, end: DAY })).toEqual({ requests: 0, availabilityByRequests: null })
  })
})
