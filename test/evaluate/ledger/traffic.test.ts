// Requests by day: what is counted, and the availability that it makes.
import { describe, expect, it } from 'vitest'
import { countTraffic, requestFigures } from '../../../controller/evaluate/ledger/traffic.ts'
import { NOTHING_COUNTED } from '../../../controller/model/counts.ts'
import { daysOf, NO_TRAFFIC, trafficOf } from '../../../controller/model/ledger.ts'

const DAY = 86_400_000
const count = (events: number, bad: number) => ({ events, bad, watchedMs: 1000 })

describe('requests', () => {
  it('are added up by day', () => {
    let days = NO_TRAFFIC
    days = countTraffic(days, count(100, 0), 2 * DAY - 1000)
    days = countTraffic(days, count(200, 100), 2 * DAY - 1)
    days = countTraffic(days, count(10, 10), 2 * DAY + 999)
    expect(daysOf(days)).toEqual([
      { start: DAY, requests: 300, failed: 100 },
      { start: 2 * DAY, requests: 10, failed: 10 },
    ])
  })

  it('that did not come make no new value', () => {
    expect(countTraffic(NO_TRAFFIC, NOTHING_COUNTED, DAY)).toBe(NO_TRAFFIC)
    expect(countTraffic(NO_TRAFFIC, count(0, 0), DAY)).toBe(NO_TRAFFIC)
  })

  it('older than a month are dropped when a day begins', () => {
    const old = trafficOf([{ start: 0, requests: 1, failed: 1 }])
    expect(daysOf(countTraffic(old, count(1, 0), 40 * DAY))).toHaveLength(1)
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
