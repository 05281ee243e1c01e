// The kubelet's small rules: pauses, restarts, probe verdicts, addresses, and a pod's status.
import { createServer } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../../sandbox/kube/api.ts'
import { isWorthRetrying, pauseAfterFailure } from '../../../sandbox/kube/retry.ts'
import { createAddresses } from '../../../sandbox/kubelet/addresses.ts'
import type { ContainerState, ContainerView } from '../../../sandbox/kubelet/container.ts'
import { KUBERNETES_BACKOFF, restartDelayMs } from '../../../sandbox/kubelet/crash-backoff.ts'
import type { Condition } from '../../../sandbox/kubelet/objects.ts'
import { podStatus } from '../../../sandbox/kubelet/pod-status.ts'
import { checkProbes, countResult, INITIAL_COUNT } from '../../../sandbox/kubelet/probe.ts'
import { aPod } from './a-pod.ts'

describe('restartDelayMs', () => {
  test('is none at first, then 10 s, doubling to 5 minutes', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((restart) => restartDelayMs(restart, KUBERNETES_BACKOFF) / 1000)
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  })
})

describe('trying again', () => {
  test('pauses longer with each failure, never beyond 2 s, never less than half of the full pause', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const full = pauseAfterFailure(failures, () => 1)
        const pause = pauseAfterFailure(failures, () => random)
        expect(full).toBe(Math.min(2_000, 50 * 2 ** (failures - 1)))
        expect(pause).toBeGreaterThanOrEqual(full / 2)
        expect(pause).toBeLessThanOrEqual(full)
      }),
    )
  })

  test.each([
    [400, false],
    [403, false],
    [404, false],
    [409, false],
    [422, false],
    [429, true],
    [500, true],
    [503, true],
  ])('makes sense after status %i: %s', (status, expected) => {
    expect(isWorthRetrying(new ApiError('refused', status))).toBe(expected)
  })

  test('makes sense when there was no answer', () => {
    expect(isWorthRetrying(new TypeError('fetch failed'))).toBe(true)
  })
})

describe('countResult', () => {
  const verdicts = (results: readonly boolean[], failureThreshold: number, successThreshold: number) => {
    let count = INITIAL_COUNT
    return results.map((isSuccess) => {
      count = countResult(count, isSuccess, { failureThreshold, successThreshold })
      return count.verdict
    })
  }

  test('turns after as many results in a row as the thresholds say', () => {
    const results = [true, true, false, false, true, false, false, false, true, true]
    expect(verdicts(results, 3, 2)).toEqual([undefined, true, true, true, true, true, true, false, false, true])
  })

  test('never changes the verdict against the last result', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean()),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (results, f, s) => {
          const all = verdicts(results, f, s)
          for (const [index, verdict] of all.entries()) {
            if (verdict !== all[index - 1]) expect(verdict).toBe(results[index])
          }
        },
      ),
    )
  })
})

describe('checkProbes', () => {
  const check = (probe: object) => () => {
    const [container] = aPod({
      containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 80 }], readinessProbe: probe }],
    }).spec.containers
    if (container !== undefined) checkProbes({ address: '127.1.2.3', container })
  }

  test('accepts HTTP and TCP probes of a number or of a named port', () => {
    expect(check({ httpGet: { port: 'http' } })).not.toThrow()
    expect(check({ tcpSocket: { port: 81 } })).not.toThrow()
  })

  test.each([
    [{ httpGet: { port: 'metrics' } }, /names port "metrics", which it has not/],
    [{ exec: { command: ['true'] } }, /httpGet and tcpSocket probes only/],
  ])('refuses %j', (probe, message) => {
    expect(check(probe)).toThrow(message)
  })
})

describe('addresses', () => {
  test('are different for every pod, and of the loopback network', async () => {
    const addresses = createAddresses()
    const taken = await Promise.all(Array.from({ length: 200 }, () => addresses.take([])))
    expect(new Set(taken).size).toBe(200)
    for (const address of taken) expect(address).toMatch(/^127\.1\.\d{1,3}\.\d{1,3}$/)
  })

  test('are of the range that was asked for, which must be one of loopback', async () => {
    expect(await createAddresses('127.77').take([])).toMatch(/^127\.77\.\d{1,3}\.\d{1,3}$/)
    for (const wrong of ['128.1', '127.256', '127', '127.1.2', '10.0']) {
      expect(() => createAddresses(wrong)).toThrow(`"${wrong}" is no range of loopback addresses`)
    }
  })

  test('run out when somebody listens everywhere, and the error says so', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen({ host: '0.0.0.0', port: 0 }, resolve))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
    try {
      await expect(createAddresses().take([bound.port])).rejects.toThrow('does something on this machine listen there')
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('are not given while somebody listens on one of the ports', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen({ host: '127.1.0.1', port: 0 }, resolve))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
    const draws = [0, 0, 0, 0.5]
    const addresses = createAddresses('127.1', () => draws.shift() ?? 0.9)
    try {
      expect(await addresses.take([bound.port])).toBe('127.1.0.128')
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

describe('podStatus', () => {
  const NOW = Date.parse('2026-01-02T03:04:05.678Z')
  const running: ContainerState = { kind: 'running', pid: 42, startedAt: NOW }
  const ended = (exitCode: number): ContainerState => ({
    kind: 'terminated',
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: NOW,
    finishedAt: NOW,
  })
  const waiting: ContainerState = { kind: 'waiting', reason: 'ContainerCreating', message: '' }

  function statusOf(
    states: readonly ContainerState[],
    { isReady = true, spec = {}, status = {}, before = [] as Condition[] } = {},
  ) {
    const pod = aPod({ containers: states.map((_, index) => ({ name: `c${index}` })), ...spec }, status)
    const containers = states.map((state, index): ContainerView => {
      const container = pod.spec.containers[index]
      if (container === undefined) throw new Error('no such container')
      return { container, state, last: undefined, isReady: isReady && state.kind === 'running', restartCount: 0 }
    })
    return podStatus(pod, { address: '127.1.2.3', containers, startedAt: NOW, now: NOW, before })
  }
  const ready = (status: ReturnType<typeof statusOf>) => status.conditions.find(({ type }) => type === 'Ready')

  test.each([
    ['Pending', [waiting], 'Always'],
    ['Running', [running], 'Always'],
    ['Running', [running, ended(0)], 'Never'],
    ['Running', [ended(0)], 'Always'],
    ['Running', [ended(1)], 'OnFailure'],
    ['Succeeded', [ended(0)], 'OnFailure'],
    ['Succeeded', [ended(0), ended(0)], 'Never'],
    ['Failed', [ended(0), ended(1)], 'Never'],
  ] as const)('is %s with containers %j under restartPolicy %s', (phase, states, restartPolicy) => {
    expect(statusOf(states, { spec: { restartPolicy } }).phase).toBe(phase)
  })

  test('is ready only when every container is', () => {
    expect(ready(statusOf([running, running]))?.status).toBe('True')
    expect(ready(statusOf([running, waiting]))?.status).toBe('False')
    expect(ready(statusOf([running], { isReady: false }))?.status).toBe('False')
  })

  test.each([
    ['True', 'True'],
    ['False', 'False'],
    [undefined, 'False'],
  ])('with a readiness gate that is %s is ready: %s', (gate, expected) => {
    const conditions = gate === undefined ? [] : [{ type: 'gate', status: gate }]
    const gated = statusOf([running], { spec: { readinessGates: [{ conditionType: 'gate' }] }, status: { conditions } })
    expect(ready(gated)?.status).toBe(expected)
    expect(gated.conditions.map(({ type }) => type)).not.toContain('gate')
  })

  test('keeps the time of a condition that stays as it was, and stamps one that turns', () => {
    const earlier = '2026-01-01T00:00:00Z'
    const at = (status: string) =>
      ready(statusOf([running], { before: [{ type: 'Ready', status, lastTransitionTime: earlier }] }))
    expect(at('True')?.lastTransitionTime).toBe(earlier)
    expect(at('False')?.lastTransitionTime).toBe('2026-01-02T03:04:05Z')
  })
})
