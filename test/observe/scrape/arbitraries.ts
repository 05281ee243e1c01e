// Expositions for property tests: shaped like real ones, with the oddities that real ones have.
import fc from 'fast-check'

const METRICS = [
  'http_requests_total',
  'http_request_duration_seconds',
  'process_cpu_seconds_total',
  'queue_depth',
  'other',
]

export const numberText = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 1_000_000_000 }).map(String) },
    { weight: 4, arbitrary: fc.double({ noDefaultInfinity: true, noNaN: true }).map(String) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 1e12, noNaN: true }).map((value) => value.toExponential()) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value.toFixed(6)) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String) },
    fc.constantFrom(
      'NaN',
      '+Inf',
      '-Inf',
      'Inf',
      '1e999',
      '0x10',
      '1_0',
      'abc',
      '-0',
      '+1',
      '.5',
      '5.',
      '1e',
      '00012',
      '1e-400',
    ),
  )

const ending = () =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant('') },
    fc.constantFrom(
      '\r',
      ' ',
      '\t',
      ' 1395066363000',
      ' 12.5',
      ' noon',
      ' # {trace="a"} 1',
      ' 1 # {} 2',
      '\u000b',
      '\r1',
    ),
  )

/** The text before a sample's value, comments included: what a layout learns. */
const linePrefix = (): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(
          fc.constantFrom(...METRICS),
          fc.constantFrom('', '_count', '_bucket', '_sum'),
          fc.constantFrom(
            '',
            '{}',
            '{status="200"}',
            '{status="503"}',
            '{code="500",a="b c"}',
            '{le="0.1"}',
            '{le="+Inf"}',
          ),
        )
        .map((parts) => `${parts.join('')} `),
    },
    fc.constantFrom(
      '# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\nhttp_requests_total{status="500"} ',
      '\n\nqueue_depth{queue="größe"}  ',
      'broken{a=b} 5\nother ',
      '# EOF\nother ',
      '{"http.requests",status="500"} ',
      '',
    ),
  )

/** The prefixes of one target, in order. */
export const layoutText = (): fc.Arbitrary<readonly string[]> => fc.array(linePrefix(), { maxLength: 12 })

/** A body with these prefixes and new values. */
export function bodyOf(prefixes: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(fc.tuple(numberText(), ending()), { minLength: prefixes.length, maxLength: prefixes.length }),
      fc.constantFrom('', '', '', '# EOF\n', '# the end\n', 'cut'),
    )
    .map(([values, tail]) => {
      const lines = prefixes.map((prefix, index) => `${prefix}${values[index]?.join('') ?? ''}\n`)
      return `${lines.join('')}${tail}`
    })
}

export const expositionText = (): fc.Arbitrary<string> => layoutText().chain(bodyOf)
