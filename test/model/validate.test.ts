import { describe, expect, it } from 'vitest'
import { describeFaults } from '../../controller/model/faults.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'

const target = { name: 'checkout' }

const PROMETHEUS = { url: 'http://p:9090' }

/** What single signals may not say: what it is, `spec.signals`, the field, what is wrong, what to do. */
const SIGNAL_FAULTS: [string, object, string, RegExp, RegExp][] = [
  [
    'a signal without a metric',
    { queue: { match: { a: 'b' } } },
    'spec.signals.queue.metric',
    /is missing/,
    /add it, or name the exporter/,
  ],
  ['a pool without its most', { pool: { used: { metric: 'a' } } }, 'spec.signals.pool.max', /is missing/, /add it/],
  [
    'an exporter whose name is mistyped',
    { pool: { profile: 'pgbounce', service: 'a' } },
    'spec.signals.pool.profile',
    /not one of the values/,
    /did you mean pgbouncer\? Or write .*pgbouncer/,
  ],
  [
    'an exporter that does not tell this signal',
    { latency: { profile: 'pgbouncer', service: 'a' } },
    'spec.signals.latency.profile',
    /does not tell latency/,
    /name one that does \(.+\), or a metric/,
  ],
  [
    'an exporter that is nowhere',
    { pool: { profile: 'pgbouncer' } },
    'spec.signals.pool.profile',
    /nowhere to be found/,
    /in service, or in prometheus/,
  ],
  [
    'an exporter beside a metric',
    { pool: { profile: 'pgbouncer', service: 'a', max: 5 } },
    'spec.signals.pool.max',
    /beside the profile pgbouncer/,
    /leave one of them out/,
  ],
  [
    'a signal in two places',
    { queue: { metric: 'a', service: 'b', prometheus: PROMETHEUS } },
    'spec.signals.queue',
    /both service and prometheus/,
    /keep one/,
  ],
  [
    'a port of no Service',
    { queue: { metric: 'a', port: 9127 } },
    'spec.signals.queue.port',
    /belongs to a Service/,
    /name it in service/,
  ],
  [
    'the CPU of the pods behind a Service',
    { cpu: { metric: 'a', service: 'b' } },
    'spec.signals.cpu.service',
    /share of what the pods of the workload/,
    /prometheus/,
  ],
  [
    'errors elsewhere than the requests',
    { errors: { metric: 'a', service: 'b' }, rps: { metric: 'c', service: 'd' } },
    'spec.signals.errors',
    /share of requests/,
    /same service or prometheus/,
  ],
  [
    'a match by the name of the metric',
    { queue: { metric: 'a', service: 'b', match: { __name__: 'x' } } },
    'spec.signals.queue.match',
    /no label/,
    /named in metric/,
  ],
  [
    'a match by no label',
    { pool: { used: { metric: 'a', match: { 'x y': '1' } }, max: 5, service: 'b' } },
    'spec.signals.pool.used.match',
    /no label/,
    /as it is exposed/,
  ],
  [
    'a timeout past the interval of a server for one signal',
    { queue: { metric: 'a', prometheus: { ...PROMETHEUS, interval: '5s', timeout: '6s' } } },
    'spec.signals.queue.prometheus.timeout',
    /longer than the interval/,
    /signals\.queue\.prometheus\.interval/,
  ],
  [
    'a Service by its DNS name',
    { queue: { metric: 'a', service: 'b/c' } },
    'spec.signals.queue.service',
    /not the name/,
    /correct/,
  ],
]

describe('a Guard is judged before it is used', () => {
  it('fills in the documented defaults when only a target is given', () => {
    const validation = validateGuardSpec({ target })
    expect(validation).toMatchObject({
      ok: true,
      spec: {
        mode: 'Observe',
        target: { kind: 'Deployment', name: 'checkout' },
        signals: { profile: 'prom-client', from: { scrape: { port: 'metrics', path: '/metrics', interval: 1000 } } },
        limits: { cpu: 0.9, errors: 0.05, latency: 500, pool: 0.8, queue: 1000, hold: 2000, window: 10_000 },
        budget: { actions: 20, per: 3_600_000 },
        remedies: [],
      },
    })
  })

  it.each([
    ['a missing target', {}, 'spec.target', /is missing/, /add it/],
    ['no spec at all', undefined, 'spec.target', /is missing/, /add it/],
    ['a spec that is text', 'foo', 'spec', /is a string, not an object/, /correct it/],
    [
      'a number where a percentage belongs',
      { target, limits: { cpu: 90 } },
      'spec.limits.cpu',
      /is a number, not a string/,
      /"90%"/,
    ],
    ['a percentage past the whole', { target, limits: { cpu: '190%' } }, 'spec.limits.cpu', /at most 100%/, /"90%"/],
    [
      'a mistyped field',
      { target, limits: { hodl: '2s' } },
      'spec.limits.hodl',
      /not a known field/,
      /did you mean hold\?/,
    ],
    [
      'an unknown remedy',
      { target, remedies: [{ dance: {}, scale: { min: 1, max: 2 } }] },
      'spec.remedies[0].dance',
      /not a known field/,
      /known here: scale/,
    ],
    [
      'an unknown mode',
      { target, mode: 'enforce' },
      'spec.mode',
      /not one of the values/,
      /Observe, Enforce or Paused/,
    ],
    ['a duration without a unit', { target, limits: { hold: '2' } }, 'spec.limits.hold', /not a duration/, /"2s"/],
    [
      'an interval too short',
      { target, signals: { from: { scrape: { interval: '10ms' } } } },
      'spec.signals.from.scrape.interval',
      /at least 100ms/,
      /"1s"/,
    ],
    [
      'a port that is a list',
      { target, signals: { from: { scrape: { port: [] } } } },
      'spec.signals.from.scrape.port',
      /none of the forms/,
      /"metrics"/,
    ],
    [
      'a broken regular expression',
      { target, signals: { rps: { metric: 'a', match: { code: '(' } } } },
      'spec.signals.rps.match.code',
      /not a regular expression/,
      /correct/,
    ],
    [
      'min above max',
      { target, remedies: [{ scale: { min: 5, max: 2 } }] },
      'spec.remedies[0].scale.min',
      /above max, which is 2/,
      /at most max/,
    ],
    [
      'a timeout past the interval',
      { target, signals: { from: { scrape: { timeout: '2s' } } } },
      'spec.signals.from.scrape.timeout',
      /longer than the interval/,
      /shorter/,
    ],
    [
      'a window of one reading',
      { target, signals: { from: { scrape: { interval: '10s' } } } },
      'spec.limits.window',
      /shorter than two/,
      /twice/,
    ],
    [
      'two places at once for the signals to come from',
      { target, signals: { from: { scrape: {}, prometheus: { url: 'http://p:9090' } } } },
      'spec.signals.from',
      /both scrape and prometheus/,
      /Not both/,
    ],
    ...['p:9090', 'ftp://p', 'http://', 'http://me:secret@p', 'http://p?x=1', 'http://p/#x', ''].map(
      (url): [string, unknown, string, RegExp, RegExp] => [
        `"${url}" as the URL of a Prometheus`,
        { target, signals: { from: { prometheus: { url } } } },
        'spec.signals.from.prometheus.url',
        /not a base URL/,
        /http:\/\/prometheus\.monitoring:9090/,
      ],
    ),
    [
      'a Prometheus without its URL',
      { target, signals: { from: { prometheus: {} } } },
      'spec.signals.from.prometheus.url',
      /is missing/,
      /add it/,
    ],
    [
      'a Prometheus that may take longer than its interval',
      { target, signals: { from: { prometheus: { url: 'http://p', interval: '5s', timeout: '6s' } } } },
      'spec.signals.from.prometheus.timeout',
      /longer than the interval/,
      /shorter than signals\.from\.prometheus\.interval/,
    ],
    [
      'a label that no Prometheus has',
      { target, signals: { from: { prometheus: { url: 'http://p', podLabel: 'pod-name' } } } },
      'spec.signals.from.prometheus.podLabel',
      /not a label name/,
      /"pod"/,
    ],
    [
      'a label that no Prometheus has, of a signal that is read there',
      { target, signals: { from: { prometheus: { url: 'http://p' } }, rps: { metric: 'a', match: { 'x.y': '1' } } } },
      'spec.signals.rps.match',
      /no label that Prometheus knows/,
      /as the server has it/,
    ],
    [
      'scale twice',
      { target, remedies: [{ scale: { min: 1, max: 2 } }, { scale: { min: 1, max: 3 } }] },
      'spec.remedies',
      /more than once/,
      /keep one/,
    ],
    [
      'objectives that name none',
      { target, objectives: {} },
      'spec.objectives',
      /names no objective/,
      /add availability/,
    ],
    [
      'an availability that leaves no budget',
      { target, objectives: { availability: '100%' } },
      'spec.objectives.availability',
      /leaves no error budget/,
      /less than 100%/,
    ],
    [
      'two quantiles in one objective',
      { target, objectives: { latency: { p95: '70ms', p99: '200ms' } } },
      'spec.objectives.latency',
      /must name one quantile/,
      /p95: 70ms/,
    ],
    [
      'a quantile that is not kept',
      { target, objectives: { latency: { p42: '70ms' } } },
      'spec.objectives.latency.p42',
      /not a known field/,
      /p50/,
    ],
    [
      'a window shorter than the longest burn rate',
      { target, objectives: { availability: '99%', window: '2d' } },
      'spec.objectives.window',
      /at least 3d/,
      /30d/,
    ],
    [
      'an availability without the counters it is made of',
      {
        target,
        signals: { profile: 'generic', rps: { metric: 'hits' } },
        objectives: { availability: '99%' },
      },
      'spec.objectives.availability',
      /needs the signals rps and errors/,
      /spec\.signals\.errors/,
    ],
    [
      'a latency objective without a histogram',
      {
        target,
        signals: { profile: 'generic', rps: { metric: 'hits' } },
        objectives: { latency: { 'p99.9': '1s' } },
      },
      'spec.objectives.latency',
      /needs the signal latency/,
      /histogram/,
    ],
    [
      'an availability of which the profile tells no errors',
      { target, signals: { profile: 'nginx' }, objectives: { availability: '99%' } },
      'spec.objectives.availability',
      /the profile nginx does not tell both/,
      /spec\.signals\.errors/,
    ],
    [
      'a remedy that is several',
      { target, remedies: [{ degrade: {}, limit: { flow: 'browse', floor: 1 } }] },
      'spec.remedies[0]',
      /exactly one of scale, degrade, limit, isolate and failover/,
      /./,
    ],
    [
      'pods that are isolated twice',
      { target, remedies: [{ isolate: {} }, { isolate: {} }] },
      'spec.remedies',
      /the isolate remedy more than once/,
      /keep one/,
    ],
    [
      'pods that are isolated by what a Prometheus tells of all together',
      { target, signals: { from: { prometheus: { url: 'http://p:9090' } } }, remedies: [{ isolate: {} }] },
      'spec.remedies[0].isolate',
      /compares the pods with each other/,
      /signals\.from\.scrape/,
    ],
    [
      'a time out that is none',
      { target, remedies: [{ isolate: { ejectFor: '0s' } }] },
      'spec.remedies[0].isolate.ejectFor',
      /must be at least 1s/,
      /./,
    ],
    ['a remedy that is none', { target, remedies: [{}] }, 'spec.remedies[0]', /exactly one of/, /./],
    [
      'a tier that a Guard may not shed',
      { target, remedies: [{ degrade: { tiers: ['Critical'] } }] },
      'spec.remedies[0].degrade.tiers[0]',
      /not one of the values/,
      /Sheddable or SheddablePlus/,
    ],
    [
      'a floor above the ceiling',
      { target, remedies: [{ limit: { flow: 'browse', floor: 10, ceiling: 5 } }] },
      'spec.remedies[0].limit.floor',
      /above ceiling, which is 5/,
      /at most ceiling/,
    ],
    [
      'a flow that is limited twice',
      { target, remedies: [{ limit: { flow: 'browse', floor: 1 } }, { limit: { flow: 'browse', floor: 2 } }] },
      'spec.remedies[1].limit.flow',
      /limited twice/,
      /keep one/,
    ],
    [
      'connections that do not even suffice for the least replicas',
      { target, remedies: [{ scale: { min: 2, max: 5, connections: { perReplica: 10, max: 30, reserved: 20 } } }] },
      'spec.remedies[0].scale.connections.max',
      /less the 20 reserved leaves fewer connections than 2 replicas with 10 each need/,
      /correct max/,
    ],
    [
      'the generic profile without a metric',
      { target, signals: { profile: 'generic' } },
      'spec.signals.profile',
      /names no metric/,
      /name at least one/,
    ],
    ...SIGNAL_FAULTS.map(([what, signals, ...rest]): [string, unknown, string, RegExp, RegExp] => [
      what,
      { target, signals },
      ...rest,
    ]),
  ])('refuses %s, naming the field and a remedy', (_, spec, field, message, remedy) => {
    const validation = validateGuardSpec(spec)
    if (validation.ok) throw new Error('accepted')
    const fault = validation.faults.find((one) => one.field === field)
    expect(fault?.message).toMatch(message)
    expect(fault?.remedy).toMatch(remedy)
  })

  it.each<[string, object]>([
    ['an exporter behind a Service', { pool: { profile: 'pgbouncer', service: 'pgbouncer', port: 9127 } }],
    [
      'an exporter in a Prometheus',
      { pool: { profile: 'pgbouncer', prometheus: PROMETHEUS, match: { database: 'a' } } },
    ],
    ['a metric behind a Service, and nothing else', { profile: 'generic', queue: { metric: 'jobs', service: 'jobs' } }],
    [
      'errors and requests in one place',
      { rps: { metric: 'a', service: 'b' }, errors: { metric: 'a', service: 'b', match: { code: '5..' } } },
    ],
    ['the CPU of the pods in a Prometheus', { cpu: { metric: 'a', prometheus: PROMETHEUS } }],
  ])('accepts %s', (_, signals) => {
    expect(validateGuardSpec({ target, signals })).toMatchObject({ ok: true })
  })

  it('says the first fault and the number of others in one sentence', () => {
    const validation = validateGuardSpec({ target, limits: { cpu: 90 }, mode: 'x' })
    if (validation.ok) throw new Error('accepted')
    expect(describeFaults(validation.faults)).toMatch(/^spec\.mode \("x"\) is not one of .* And 1 more\.$/)
  })
})
