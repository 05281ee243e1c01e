// application/health+json, as draft-inadarei-api-health-check-06 has it: pass and warn are 200, fail is 503.
import type { EpochMs } from '../../controller/model/units.ts'
import type { NotKnown, PodVerdict, ServiceVerdict } from '../verdicts.ts'
import { type HttpAnswer, pods } from './plain.ts'

export const HEALTH_TYPE = 'application/health+json'

type Status = 'pass' | 'warn' | 'fail'

interface Check {
  readonly componentId?: string
  readonly componentType?: string
  readonly observedValue: string | number
  readonly observedUnit?: string
  readonly status: Status
  readonly time: string
  readonly output?: string
}

/** `name` is what was asked for: "shop/checkout". */
export function healthAnswer(verdict: PodVerdict | ServiceVerdict | NotKnown, name: string, now: EpochMs): HttpAnswer {
  const status = statusOf(verdict)
  const time = new Date(now).toISOString()
  const body =
    verdict.kind === 'unknown'
      ? { status, serviceId: name, output: verdict.why }
      : 'pods' in verdict
        ? { status, serviceId: name, output: pods(verdict), checks: checksOfService(verdict, time) }
        : { status, serviceId: name, output: verdict.why, checks: checksOfPod(verdict, time) }
  return { status: status === 'fail' ? 503 : 200, type: HEALTH_TYPE, body: JSON.stringify(body) }
}

function statusOf(verdict: PodVerdict | ServiceVerdict | NotKnown): Status {
  if (verdict.kind === 'unknown') return 'warn'
  if (verdict.place === 'out') return 'fail'
  if ('pods' in verdict) return verdict.pods.every((pod) => statusOf(pod) === 'pass') ? 'pass' : 'warn'
  return verdict.health === 'well' && verdict.stage === 'serving' ? 'pass' : 'warn'
}

function checksOfService(verdict: ServiceVerdict, time: string): Readonly<Record<string, readonly Check[]>> {
  const checks: Record<string, readonly Check[]> = {
    'service:weight': [weightCheck(verdict.weight, statusOf(verdict), time)],
  }
  if (verdict.pods.length > 0) checks['pods:readiness'] = verdict.pods.map((pod) => readinessCheck(pod, time))
  for (const { workload, saturation } of verdict.loads) {
    for (const [signal, ratio] of Object.entries(saturation)) {
      const check: Check = {
        componentId: workload,
        componentType: 'component',
        observedValue: Math.round(ratio * 100),
        observedUnit: 'percent of its limit',
        status: ratio < 1 ? 'pass' : 'warn',
        time,
      }
      checks[`${signal}:utilization`] = [...(checks[`${signal}:utilization`] ?? []), check]
    }
  }
  return checks
}

function checksOfPod(pod: PodVerdict, time: string): Readonly<Record<string, readonly Check[]>> {
  return {
    'pod:readiness': [readinessCheck(pod, time)],
    'pod:weight': [weightCheck(pod.weight, statusOf(pod), time)],
  }
}

function readinessCheck(pod: PodVerdict, time: string): Check {
  const status = statusOf(pod)
  const said = { componentId: pod.pod, componentType: 'component', observedValue: pod.place, status, time }
  return status === 'pass' ? said : { ...said, output: pod.why }
}

function weightCheck(weight: number, status: Status, time: string): Check {
  return { observedValue: weight, observedUnit: 'percent', status, time }
}
