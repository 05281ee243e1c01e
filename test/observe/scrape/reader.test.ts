// The hot path reads what the full parser reads: for any bodies, in any order, with numbers to the last bit.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SignalSources } from '../../../controller/model/signal-source.ts'
import { createCatalog, SOURCES } from '../../../controller/observe/scrape/catalog.ts'
import { parseNumber } from '../../../controller/observe/scrape/number.ts'
import { parseExposition } from '../../../controller/observe/scrape/parse.ts'
import { createClassCache, createTargetReader } from '../../../controller/observe/scrape/reader.ts'
import { bodyOf, layoutText, numberText } from './arbitraries.ts'

const sources: SignalSources = {
  rps: [{ metric: 'http_requests_total' }, { metric: 'http_request_duration_seconds_count' }],
  errors: [
    { metric: 'http_requests_total', match: { status: '5..' } },
    { metric: 'http.requests', match: { status: '5..' } },
  ],
  latency: [{ metric: 'http_request_duration_seconds', unit: 'seconds' }],
  cpu: [{ metric: 'process_cpu_seconds_total' }],
  pool: [{ used: { metric: 'other' }, max: 10 }],
  queue: [{ metric: 'queue_depth', aggregate: 'sum' }],
}
const catalog = createCatalog(sources)
const newReader = () => createTargetReader(createClassCache(catalog))

/** What a reader reads of a body: each slot's series and value. */
function slotsOf(reader: ReturnType<typeof newReader>, body: string): unknown {
  const { binding, values } = reader.read(Buffer.from(body), undefined)
  return binding.slots.map((slot) => [SOURCES[slot.source], slot.part, slot.key, slot.le, values[slot.valueIndex]])
}

describe('a target that was learned', () => {
  const prefixes = ['# TYPE http_requests_total counter\nhttp_requests_total{status="200"} ', 'other ', 'queue_depth ']
  const body = (...values: string[]) => prefixes.map((prefix, index) => `${prefix}${values[index]}\n`).join('')

  it('is read by its layout while only values change, whatever their length', () => {
    const reader = newReader()
    slotsOf(reader, body('1', '2', '3'))
    slotsOf(reader, body('10000', '3.5e+07', '0.000001'))
    expect(slotsOf(reader, body('99999999999999999999', 'NaN', '+Inf 1395066363000'))).toEqual(
      slotsOf(newReader(), body('99999999999999999999', 'NaN', '+Inf 1395066363000')),
    )
    expect(reader.counts).toEqual({ layout: 2, walk: 1 })
  })

  it.each([
    ['a series is new', (text: string) => `${text}http_requests_total{status="500"} 1\n`],
    ['a series is gone', (text: string) => text.replace('queue_depth 3\n', '')],
    ['a label changes', (text: string) => text.replace('"200"', '"201"')],
    ['a chosen value is no number', (text: string) => text.replace('queue_depth 3', 'queue_depth x')],
    ['the last line is cut off', (text: string) => text.slice(0, -1)],
    ['nothing comes', () => ''],
    ['a line is hidden where a value was', (text: string) => text.replace('other 2\n', 'other 2\nqueue_depth 9\n')],
  ])('is read line by line when %s', (_, change) => {
    const reader = newReader()
    slotsOf(reader, body('1', '2', '3'))
    const changed = change(body('1', '2', '3'))
    expect(slotsOf(reader, changed)).toEqual(slotsOf(newReader(), changed))
    expect(reader.counts).toEqual({ layout: 0, walk: 2 })
  })

  it('is learned less and less often when no layout of it lasts, and again when one does', () => {
    const reader = newReader()
    for (let scrape = 0; scrape < 300; scrape++) {
      const text = `http_requests_total{id="${scrape}"} ${scrape}\n`
      expect(slotsOf(reader, text)).toEqual(slotsOf(newReader(), text))
    }
    for (let scrape = 0; scrape < 300; scrape++) slotsOf(reader, body(String(scrape), '1', '2'))
    expect(reader.counts.walk).toBeLessThan(300 + 70)
  })

  it('counts a series that stands there twice once', () => {
    const reader = newReader()
    const { values } = reader.read(Buffer.from('queue_depth 3\nqueue_depth 4\n'), undefined)
    expect([...values]).toEqual([3])
  })
})

describe('any sequence of bodies', () => {
  it('is read with a memory as it is read without one', () => {
    const scrapes = fc
      .tuple(layoutText(), layoutText())
      .chain(([one, other]) =>
        fc.array(fc.oneof({ weight: 4, arbitrary: bodyOf(one) }, bodyOf(other)), { maxLength: 8 }),
      )
    fc.assert(
      fc.property(scrapes, (bodies) => {
        const reader = newReader()
        for (const body of bodies) expect(slotsOf(reader, body)).toEqual(slotsOf(newReader(), body))
      }),
      { numRuns: 1500 },
    )
  })

  it('is read with a memory also when single bytes of them are anything', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 2 })
    fc.assert(
      fc.property(
        layoutText().chain((one) => fc.array(fc.tuple(bodyOf(one), damage), { maxLength: 5 })),
        (bodies) => {
          const reader = newReader()
          for (const [text, places] of bodies) {
            const bytes = Buffer.from(text)
            for (const [place, byte] of places) if (bytes.length > 0) bytes[place % bytes.length] = byte
            const body = bytes.toString('latin1')
            expect(slotsOf(reader, body)).toEqual(slotsOf(newReader(), body))
          }
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('gives the values that the full parser gives', () => {
    fc.assert(
      fc.property(
        layoutText().chain((one) => fc.array(bodyOf(one), { minLength: 2, maxLength: 3 })),
        (bodies) => {
          const reader = newReader()
          for (const body of bodies) {
            const { binding, values } = reader.read(Buffer.from(body), undefined)
            const read = binding.slots.filter(({ part }) => part === 'queue' || part === 'poolUsed')
            const wanted = parseExposition(Buffer.from(body)).values
            const first = new Map<string, number>()
            for (const { name, labels, value } of wanted) {
              if (name !== 'queue_depth' && name !== 'other') continue
              const key = `${name}${JSON.stringify(Object.entries(labels).sort())}`
              if (!first.has(key)) first.set(key, value)
            }
            expect(new Map(read.map((slot) => [slot.key, values[slot.valueIndex]]))).toEqual(first)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a number', () => {
  it('is read as Number() reads it, to the last bit', () => {
    const digits = fc.stringMatching(/^-?[0-9]{1,18}(\.[0-9]{0,12})?([eE][+-]?[0-9]{1,3})?$/)
    fc.assert(
      fc.property(fc.oneof(digits, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
        const bytes = Buffer.from(`x${text}y`)
        const value = Number(text)
        expect(parseNumber(bytes, 1, 1 + text.length)).toBe(Number.isFinite(value) ? value : undefined)
      }),
      { numRuns: 5000 },
    )
  })

  it('is read from its own bytes only, never from those that follow', () => {
    fc.assert(
      fc.property(numberText(), fc.string(), (text, after) => {
        const alone = parseNumber(Buffer.from(text), 0, text.length)
        expect(parseNumber(Buffer.from(text + after), 0, text.length)).toBe(alone)
      }),
    )
  })
})
