// Probes a container over HTTP or TCP and tells when the verdict turns, by its thresholds.
import { connect } from 'node:net'
import { Agent, request } from 'undici'
import { pause } from '../kube/retry.ts'
import type { Container, Probe } from './objects.ts'

/** While a container starts, readiness is asked more often than its period: a pod is ready soon after it can be. */
const STARTING_PERIOD_MS = 100

export interface ProbeTarget {
  readonly address: string
  readonly container: Container
}

export interface ProbeOptions {
  /** Probe at a tenth of a second until the first success. Only for readiness, whose failures at the start cost nothing. */
  readonly isEagerAtFirst: boolean
  /** Called when failureThreshold failures or successThreshold successes in a row turn the verdict, and at the first one. */
  readonly onVerdict: (isPassing: boolean) => void
}

/** Throws when a probe of the container is of a kind that can't be run here, or names a port that it has not. */
export function checkProbes(target: ProbeTarget): void {
  for (const probe of [target.container.readinessProbe, target.container.livenessProbe]) {
    if (probe !== undefined) attemptOf(probe, target)
  }
}

/** Probes until the signal aborts, then resolves. Rejects only for what `checkProbes` refuses. */
export async function runProbe(
  probe: Probe,
  target: ProbeTarget,
  { isEagerAtFirst, onVerdict }: ProbeOptions,
  signal: AbortSignal,
): Promise<void> {
  const attempt = attemptOf(probe, target)
  let count = INITIAL_COUNT
  await pause(probe.initialDelaySeconds * 1_000, signal)
  while (!signal.aborted) {
    const startedAt = performance.now()
    const before = count.verdict
    const isSuccess = await attempt(AbortSignal.any([signal, AbortSignal.timeout(probe.timeoutSeconds * 1_000)]))
    if (signal.aborted) return
    count = countResult(count, isSuccess, probe)
    if (count.verdict !== undefined && count.verdict !== before) onVerdict(count.verdict)
    const isStarting = isEagerAtFirst && count.verdict !== true && !count.hasSucceeded
    const periodMs = isStarting ? STARTING_PERIOD_MS : probe.periodSeconds * 1_000
    await pause(Math.max(0, periodMs - (performance.now() - startedAt)), signal)
  }
}

/** Consecutive results, and the verdict they led to; undefined before the first. */
export interface ProbeCount {
  readonly verdict: boolean | undefined
  readonly successes: number
  readonly failures: number
  readonly hasSucceeded: boolean
}

export const INITIAL_COUNT: ProbeCount = { verdict: undefined, successes: 0, failures: 0, hasSucceeded: false }

/** The count after one more result. */
export function countResult(
  count: ProbeCount,
  isSuccess: boolean,
  thresholds: Pick<Probe, 'failureThreshold' | 'successThreshold'>,
): ProbeCount {
  const successes = isSuccess ? count.successes + 1 : 0
  const failures = isSuccess ? 0 : count.failures + 1
  const hasSucceeded = count.hasSucceeded || isSuccess
  if (successes >= thresholds.successThreshold) return { verdict: true, successes, failures, hasSucceeded }
  if (failures >= thresholds.failureThreshold) return { verdict: false, successes, failures, hasSucceeded }
  return { verdict: count.verdict, successes, failures, hasSucceeded }
}

/** One attempt: true when it succeeded within the signal's time. */
function attemptOf(probe: Probe, { address, container }: ProbeTarget): (signal: AbortSignal) => Promise<boolean> {
  if (probe.httpGet !== undefined) {
    const { path, port, httpHeaders } = probe.httpGet
    const url = new URL(path, `http://${address}:${portNumber(port, container)}`)
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]))
    return (signal) => getsAnswer(url, headers, signal)
  }
  if (probe.tcpSocket !== undefined) {
    const port = portNumber(probe.tcpSocket.port, container)
    return (signal) => acceptsConnection(address, port, signal)
  }
  throw new Error(`container ${container.name}: a process kubelet runs httpGet and tcpSocket probes only`)
}

function portNumber(port: number | string, container: Container): number {
  const found = typeof port === 'number' ? port : container.ports.find(({ name }) => name === port)?.containerPort
  if (found === undefined)
    throw new Error(`container ${container.name}: a probe names port "${port}", which it has not`)
  return found
}

/** A new connection each time, as the kubelet does it: a server that accepts no more is not ready. */
async function getsAnswer(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<boolean> {
  const dispatcher = new Agent({ pipelining: 0 })
  try {
    const response = await request(url, { dispatcher, headers, signal })
    await response.body.dump()
    return response.statusCode >= 200 && response.statusCode < 400
  } catch {
    // Refused, reset and too late are what a probe is for: each is a failure and nothing more.
    return false
  } finally {
    await dispatcher.destroy()
  }
}

function acceptsConnection(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (isSuccess: boolean) => {
      socket.destroy()
      resolve(isSuccess)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    signal.addEventListener('abort', () => end(false), { once: true })
  })
}
