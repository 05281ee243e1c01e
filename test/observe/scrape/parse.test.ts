// The full parser: what the formats say, and that no bytes whatsoever upset it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExposition } from '../../../controller/observe/scrape/parse.ts'
import { expositionText } from './arbitraries.ts'

const parse = (text: string, contentType?: string) => parseExposition(Buffer.from(text), contentType)
const only = (text: string, contentType?: string) => {
  const { values, skipped } = parse(text, contentType)
  expect(skipped).toEqual([])
  expect(values).toHaveLength(1)
  return values[0]
}

describe('a sample line', () => {
  it('has a name and a value', () => {
    expect(only('up 1\n')).toEqual({ name: 'up', labels: {}, value: 1 })
  })

  it('may have labels, a timestamp, blanks anywhere between its parts and a comma after the last label', () => {
    expect(only(' \thttp_requests_total { method = "post" , code = "200" , }\t1027  1395066363000 \n')).toEqual({
      name: 'http_requests_total',
      labels: { method: 'post', code: '200' },
      value: 1027,
      timestampMs: 1395066363000,
    })
  })

  it('escapes backslash, quote and newline in label values, and leaves other escapes as they are', () => {
    expect(only('m{path="C:\\\\DIR\\\\",error="no \\"file\\"\\nhere",odd="\\d{3}"} 1\n')?.labels).toEqual({
      path: 'C:\\DIR\\',
      error: 'no "file"\nhere',
      odd: '\\d{3}',
    })
  })

  it('may have braces, spaces, commas and UTF-8 in label values', () => {
    expect(only('m{a="} 5",b="x, y=\\"z\\"",c="größe 日本"} 2\n')?.labels).toEqual({
      a: '} 5',
      b: 'x, y="z"',
      c: 'größe 日本',
    })
  })

  it('may have its name, and names of labels, in quotes inside the braces', () => {
    expect(only('{"http.server.duration",method="GET","http.route"="/a b"} 3\n')).toEqual({
      name: 'http.server.duration',
      labels: { method: 'GET', 'http.route': '/a b' },
      value: 3,
    })
  })

  it('keeps a label that is called __proto__ a label', () => {
    const labels = only('m{__proto__="x",constructor="y"} 1\n')?.labels ?? {}
    expect(Object.entries(labels)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it('may end in a carriage return', () => {
    expect(only('m{a="b"} 4.5\r\n')).toEqual({ name: 'm', labels: { a: 'b' }, value: 4.5 })
  })
})

describe('a value', () => {
  it.each([
    ['0', 0],
    ['-0', -0],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1.7560473e+07', 17_560_473],
    ['4.9E-324', 5e-324],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['0.30000000000000004', 0.30000000000000004],
    ['Inf', Number.POSITIVE_INFINITY],
    ['+inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
    ['NaN', Number.NaN],
  ])('%s is read as Go reads it', (text, value) => {
    expect(only(`m ${text}\n`)?.value).toBe(value)
  })

  it.each([
    '0x1p4',
    '0x10',
    '1_000',
    '1e',
    'e5',
    '.',
    '+',
    '--1',
    '1.2.3',
    '1e999',
    '+NaN',
    'infin',
    '١',
    '1,5',
    'true',
  ])('%s is none', (text) => {
    const { values, skipped, skippedCount } = parse(`before 1\nm ${text}\nafter 2\n`)
    expect(values.map(({ name }) => name)).toEqual(['before', 'after'])
    expect(skipped).toEqual([{ line: 2, reason: 'a value that is not a number' }])
    expect(skippedCount).toBe(1)
  })
})

describe('a malformed line', () => {
  it.each([
    ['5 1', 'no metric name'],
    ['{a="b"} 1', 'no metric name'],
    ['{} 1', 'no metric name'],
    ['m', 'no value'],
    ['m{a="b"}', 'no value'],
    ['m{a="b" 1', 'labels without "," between them'],
    ['m{a="b",', 'labels without "}"'],
    ['m{a="b} 1', 'a label value without its closing quote'],
    ['m{a=b} 1', 'a label value without quotes'],
    ['m{a "b"} 1', 'a label without "="'],
    ['m{a="b"c="d"} 1', 'labels without "," between them'],
    ['m{="b"} 1', 'a label without a name'],
    ['m-n 1', 'a character that no metric name has'],
    ['m 1 2 3', 'unexpected text after the value'],
    ['m 1 noon', 'a timestamp that is not a number'],
    ['m 1 # {trace="x"} 1', 'unexpected text after the value'],
  ])('%s is skipped and told', (line, reason) => {
    const { values, skipped } = parse(`before 1\n${line}\nafter 2\n`)
    expect(values).toHaveLength(2)
    expect(skipped).toEqual([{ line: 2, reason }])
  })

  it('is counted always and listed up to ten times', () => {
    const { skipped, skippedCount } = parse('!\n'.repeat(1000))
    expect(skippedCount).toBe(1000)
    expect(skipped).toHaveLength(10)
  })

  it('at the end without a line end is cut off', () => {
    const { values, skipped, truncated } = parse('a 1\nb 23')
    expect(values.map(({ name }) => name)).toEqual(['a'])
    expect(skipped).toEqual([{ line: 2, reason: 'the last line has no line end: the body was cut off' }])
    expect(truncated).toBe(true)
  })
})

describe('families', () => {
  it('have the type and the help of their comments, with escapes undone', () => {
    const { families } = parse('# HELP m A \\\\ and\\na line.\n# TYPE m  counter\n#TYPE x gauge\n# a remark\nm 1\n')
    expect([...families]).toEqual([['m', { type: 'counter', help: 'A \\ and\na line.' }]])
  })

  it('may have their names in quotes', () => {
    expect([...parse('# TYPE "http.server" histogram\n').families]).toEqual([['http.server', { type: 'histogram' }]])
  })
})

describe('OpenMetrics', () => {
  const type = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

  it('has exemplars, which are passed over, and timestamps in seconds', () => {
    const text =
      'foo_bucket{le="0.1"} 8 # {} 0.054\nfoo_bucket{le="1"} 11 1520879607.789 # {trace_id="K # O\\"v"} 0.67 1520879606.5\n# EOF\n'
    const { values, skipped, openMetrics } = parse(text)
    expect({ skipped, openMetrics }).toEqual({ skipped: [], openMetrics: true })
    expect(values.map(({ value, timestampMs }) => [value, timestampMs])).toEqual([
      [8, undefined],
      [11, 1_520_879_607_789],
    ])
  })

  it('is recognised by its content type, and then misses its # EOF', () => {
    expect(parse('a 1\n', type)).toMatchObject({ openMetrics: true, truncated: true, samples: 1 })
    expect(parse('a 1\n# EOF\n', type)).toMatchObject({ openMetrics: true, truncated: false })
    expect(parse('a 1\n# EOF')).toMatchObject({ openMetrics: true, truncated: false })
    expect(parse('a 1\n', 'text/plain; version=0.0.4')).toMatchObject({ openMetrics: false, truncated: false })
  })

  it('ends at # EOF', () => {
    expect(parse('a 1\n# EOF\nb 2\n', type)).toMatchObject({
      samples: 1,
      skipped: [{ line: 3, reason: 'text after # EOF' }],
    })
  })
})

describe('any bytes', () => {
  it('are parsed without an exception, and every line is a sample, a comment, blank or skipped', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, openMetrics) => {
        const parsed = parseExposition(bytes, openMetrics ? 'application/openmetrics-text' : undefined)
        const lines = Buffer.from(bytes).toString('latin1').split('\n').length
        expect(parsed.values).toHaveLength(parsed.samples)
        expect(parsed.samples + parsed.skippedCount).toBeLessThanOrEqual(lines)
        expect(parsed.skipped.length).toBeLessThanOrEqual(Math.min(10, parsed.skippedCount))
      }),
      { numRuns: 2000 },
    )
  })

  it('of a real exposition that was damaged cost no more than the lines they stand in', () => {
    fc.assert(
      fc.property(expositionText(), fc.nat(), fc.integer({ min: 0, max: 255 }), (text, place, byte) => {
        // Where # EOF stands decides what follows it.
        fc.pre(text.length > 0 && !text.includes('# EOF'))
        const whole = parse(text)
        const bytes = Buffer.from(text)
        bytes[place % bytes.length] = byte
        const damaged = parseExposition(bytes)
        // One byte can join two lines, or split one, and harms nothing else.
        expect(Math.abs(damaged.samples - whole.samples)).toBeLessThanOrEqual(2)
      }),
      { numRuns: 1000 },
    )
  })

  it('that are a well-formed exposition give back what was written', () => {
    const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/)
    const labels = fc.dictionary(fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/), fc.string({ unit: 'grapheme' }), {
      maxKeys: 4,
    })
    const escaped = (text: string) => text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))
    const sample = fc.record({ name, labels: labels.map((all) => ({ ...all })), value: fc.double() })
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 20 }), (samples) => {
        const lines = samples.map((one) => {
          const pairs = Object.entries(one.labels).map(([key, value]) => `${key}="${escaped(value)}"`)
          return `${one.name}{${pairs.join(',')}} ${Object.is(one.value, -0) ? '-0' : one.value}\n`
        })
        expect(parse(lines.join('')).values).toEqual(samples)
      }),
    )
  })
})
