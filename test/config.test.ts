// The knobs of the process: where a value comes from, and what is said of one that can't be used.
import { describe, expect, it } from 'vitest'
import { KNOBS, parseListen, readConfig } from '../controller/config.ts'
import { ConfigError } from '../controller/model/errors.ts'

function complaint(env: NodeJS.ProcessEnv, flags: Parameters<typeof readConfig>[1] = {}): string {
  try {
    return `no complaint: ${JSON.stringify(readConfig(env, flags))}`
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message
  }
}

describe('a value', () => {
  it('has a default', () => {
    expect(readConfig({})).toEqual({
      namespace: '',
      kubeconfig: '',
      context: '',
      listen: ':8080',
      logLevel: 'info',
      leaseNamespace: '',
      leaseName: 'evenkeel',
      lease: 15_000,
      renewDeadline: 10_000,
      retry: 2_000,
      requestTimeout: 5_000,
      scrapeConcurrency: 500,
      dashboardsNamespace: '',
      dashboardsPerGuard: 'false',
      runbooks: '',
      flagsListen: ':8016',
      flagsGrpcListen: ':8015',
      flagsTokenFile: '',
      flagsStreams: 10_000,
      probesListen: ':8017',
      probesAgentListen: ':8018',
      probesMaxEjected: 0.3,
      probesPanicBelow: 0.5,
    })
  })

  it('comes from the environment, durations in milliseconds', () => {
    const env = {
      EVENKEEL_NAMESPACE: 'shop',
      EVENKEEL_KUBECONFIG: '/etc/kube',
      EVENKEEL_CONTEXT: 'blue',
      EVENKEEL_LISTEN: '127.0.0.1:9090',
      EVENKEEL_LOG_LEVEL: 'debug',
      EVENKEEL_LEASE_NAMESPACE: 'ops',
      EVENKEEL_LEASE_NAME: 'second',
      EVENKEEL_LEASE_DURATION: '1m',
      EVENKEEL_RENEW_DEADLINE: '1.5s',
      EVENKEEL_LEASE_RETRY: '250ms',
      EVENKEEL_REQUEST_TIMEOUT: '3s',
      EVENKEEL_SCRAPE_CONCURRENCY: '7',
      EVENKEEL_DASHBOARDS_NAMESPACE: 'monitoring',
      EVENKEEL_DASHBOARDS_PER_GUARD: 'true',
      EVENKEEL_RUNBOOKS: 'https://example.com/runbooks',
      EVENKEEL_FLAGS_LISTEN: 'off',
      EVENKEEL_FLAGS_GRPC_LISTEN: '[::1]:9',
      EVENKEEL_FLAGS_TOKEN_FILE: '/etc/tokens',
      EVENKEEL_FLAGS_STREAMS: '8',
      EVENKEEL_PROBES_LISTEN: 'off',
      EVENKEEL_PROBES_AGENT_LISTEN: '[::1]:8',
      EVENKEEL_PROBES_MAX_EJECTED: '12.5%',
      EVENKEEL_PROBES_PANIC_BELOW: '0%',
    }
    expect(Object.keys(env)).toEqual(Object.values(KNOBS).map((knob) => knob.env))
    expect(Object.values(readConfig(env))).toEqual([
      'shop',
      '/etc/kube',
      'blue',
      '127.0.0.1:9090',
      'debug',
      'ops',
      'second',
      60_000,
      1_500,
      250,
      3_000,
      7,
      'monitoring',
      'true',
      'https://example.com/runbooks',
      'off',
      '[::1]:9',
      '/etc/tokens',
      8,
      'off',
      '[::1]:8',
      0.125,
      0,
    ])
  })

  it('comes from the flag when there is one, even one that empties it', () => {
    const env = { EVENKEEL_NAMESPACE: 'shop', EVENKEEL_LOG_LEVEL: 'debug' }
    expect(readConfig(env, { logLevel: 'warn' })).toMatchObject({ namespace: 'shop', logLevel: 'warn' })
    expect(readConfig(env, { namespace: '' })).toMatchObject({ namespace: '', logLevel: 'debug' })
  })

  it('is the default when its variable is empty', () => {
    expect(readConfig({ EVENKEEL_LISTEN: '', EVENKEEL_LEASE_DURATION: '' })).toEqual(readConfig({}))
  })
})

describe('a value that can’t be used', () => {
  it.each([
    ['EVENKEEL_LISTEN', 'localhost', 'is not HOST:PORT'],
    ['EVENKEEL_LISTEN', ':65536', 'with a port up to 65535'],
    ['EVENKEEL_LISTEN', '::1:8080', '[IPV6]:PORT'],
    ['EVENKEEL_LOG_LEVEL', 'loud', 'is not trace, debug, info, warn or error'],
    ['EVENKEEL_LEASE_DURATION', '15', 'is not a duration, like 500ms'],
    ['EVENKEEL_RENEW_DEADLINE', 'soon', 'is not a duration'],
    ['EVENKEEL_LEASE_RETRY', '0s', 'must be above 0'],
    ['EVENKEEL_REQUEST_TIMEOUT', '0ms', 'must be above 0'],
    ['EVENKEEL_REQUEST_TIMEOUT', '-1s', 'is not a duration'],
    ['EVENKEEL_SCRAPE_CONCURRENCY', '0', 'is not a whole number from 1 on'],
    ['EVENKEEL_SCRAPE_CONCURRENCY', '1.5', 'is not a whole number from 1 on'],
    ['EVENKEEL_SCRAPE_CONCURRENCY', 'many', 'is not a whole number from 1 on'],
    ['EVENKEEL_DASHBOARDS_PER_GUARD', 'yes', 'is neither true nor false'],
    ['EVENKEEL_RUNBOOKS', 'docs', 'is not a URL'],
    ['EVENKEEL_PROBES_LISTEN', 'on', 'with a port up to 65535, or off'],
    ['EVENKEEL_PROBES_MAX_EJECTED', '0.3', 'is not a share from 0% to 100%'],
    ['EVENKEEL_PROBES_PANIC_BELOW', '101%', 'is not a share from 0% to 100%'],
  ])('%s=%s is named with what is wrong', (variable, value, why) => {
    const said = complaint({ [variable]: value })
    expect(said.startsWith(`${variable}="${value}" can't be used: it `)).toBe(true)
    expect(said).toContain(why)
  })

  it('is named by its variable when it came as a flag', () => {
    expect(complaint({}, { leaseName: '' })).toBe(`EVENKEEL_LEASE_NAME="" can't be used: it is empty`)
  })
})

describe('the times of the lease', () => {
  const times = (lease: string, deadline: string, retry: string) => ({
    EVENKEEL_LEASE_DURATION: lease,
    EVENKEEL_RENEW_DEADLINE: deadline,
    EVENKEEL_LEASE_RETRY: retry,
  })

  it.each([
    ['3s', '2s', '1s'],
    ['15001ms', '15s', '14999ms'],
  ])('%s, %s and %s are in order', (lease, deadline, retry) => {
    expect(() => readConfig(times(lease, deadline, retry))).not.toThrow()
  })

  it.each([
    ['3s', '3s', '1s'],
    ['3s', '2s', '2s'],
    ['3s', '1s', '2s'],
    ['1s', '2s', '500ms'],
  ])('%s, %s and %s are refused, and all three are named', (...given) => {
    expect(complaint(times(...given))).toBe(
      'EVENKEEL_LEASE_RETRY must be shorter than EVENKEEL_RENEW_DEADLINE, and that shorter than EVENKEEL_LEASE_DURATION',
    )
  })
})

describe('an address to listen on', () => {
  it.each([
    [':8080', undefined, 8080],
    [':0', undefined, 0],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['localhost:65535', 'localhost', 65_535],
    ['[::]:8080', '::', 8080],
    ['[fe80::1]:9', 'fe80::1', 9],
    ['[::ffff:127.0.0.1]:9', '::ffff:127.0.0.1', 9],
  ])('%s is host %s and port %s', (text, host, port) => {
    expect(parseListen(text)).toEqual({ host, port })
  })

  it.each(['', '8080', ':', 'localhost:', ':80x', '[::1]', '::1:80', '[localhost]:80', 'a:b:80', ':99999', ':-1'])(
    '%j is none',
    (text) => {
      expect(parseListen(text)).toBeUndefined()
    },
  )
})
