// The eyes of the method `service`: a member is as well as its pods are, by their own readiness and by a question to each of them.
import { connect } from 'node:net'
import { request } from 'undici'
import { messageOf } from '../../model/errors.ts'
import type { FailoverObserver, GroupTarget, MemberPod, MemberReading, Reach } from '../../model/failover.ts'
import { formatDuration, type Milliseconds } from '../../model/units.ts'

type Check = NonNullable<NonNullable<GroupTarget['spec']['method']['service']>['check']>

/** A pod that takes longer than this to say that it is well is not. */
const LONGEST_MS: Milliseconds = 2_000
const SHORTEST_MS: Milliseconds = 250

/** Keeps nothing open: each question has a connection of its own, as a new client of the pod would. */
export function createServiceObserver(): FailoverObserver {
  return {
    async look({ spec, pods }, signal) {
      const withinMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, spec.interval))
      const check = spec.method.service?.check
      const members = await Promise.all(
        spec.members.map(async ({ name }): Promise<MemberReading> => {
          const reaches = await Promise.all(
            (pods[name] ?? []).filter(isAlive).map((pod) => reachOf(pod, check, withinMs, signal)),
          )
          return { name, reach: bestOf(reaches) }
        }),
      )
      return { members }
    },
    async close() {},
  }
}

function isAlive({ terminating }: MemberPod): boolean {
  return !terminating
}

/** One pod that answers makes a member well. */
function bestOf(reaches: readonly Reach[]): Reach {
  const order: readonly Reach['kind'][] = ['answers', 'unknown', 'silent', 'refused', 'gone']
  const best = reaches.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0]
  return best ?? { kind: 'gone', why: 'it has no pod' }
}

async function reachOf(
  pod: MemberPod,
  check: Check | undefined,
  withinMs: Milliseconds,
  signal: AbortSignal,
): Promise<Reach> {
  if (!pod.ready) return { kind: 'refused', why: `pod ${pod.name} is not ready` }
  if (check === undefined) return { kind: 'answers' }
  if (pod.ip === undefined) return { kind: 'unknown', why: `pod ${pod.name} has no address` }
  const deadline = AbortSignal.timeout(withinMs)
  const what = `pod ${pod.name} on port ${check.port}`
  try {
    const either = AbortSignal.any([deadline, signal])
    const fault =
      check.path === undefined
        ? await openOnce(pod.ip, check.port, either)
        : await getOnce(`http://${hostOf(pod.ip)}:${check.port}${check.path}`, either)
    return fault === undefined ? { kind: 'answers' } : { kind: 'refused', why: `${what}: ${fault}` }
  } catch (error) {
    if (signal.aborted) return { kind: 'unknown', why: `${what}: the look was given up` }
    if (deadline.aborted) return { kind: 'silent', why: `${what}: nothing within ${formatDuration(withinMs)}` }
    return { kind: 'refused', why: `${what}: ${messageOf(error)}` }
  }
}

/** Why the answer is none that one gives who is well. */
async function getOnce(url: string, signal: AbortSignal): Promise<string | undefined> {
  const { statusCode, body } = await request(url, { signal, reset: true, headers: { 'user-agent': 'evenkeel' } })
  await body.dump({ limit: 64 * 1024, signal })
  return statusCode >= 200 && statusCode < 400 ? undefined : `HTTP ${statusCode}`
}

function openOnce(host: string, port: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

function hostOf(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}
