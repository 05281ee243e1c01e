// HAProxy's agent-check: one line of words. Connection failures change nothing there, and only the agent undoes its own down and drain.
import type { NotKnown, PodVerdict, ServiceVerdict } from '../verdicts.ts'

/** Undefined: say nothing, so that HAProxy keeps what it was told last. */
export function agentLine(verdict: PodVerdict | ServiceVerdict | NotKnown): string | undefined {
  if (verdict.kind === 'unknown') return undefined
  if (verdict.place === 'in') return `up ready ${verdict.weight}%\n`
  // A pod that ends by plan still serves its sessions; a bad one gets nothing more, not even those that stick to it.
  const isEnding = 'pods' in verdict || verdict.stage === 'ending'
  return isEnding ? 'drain\n' : `down #${'why' in verdict ? verdict.why : ''}\n`
}

/** What a server asks for with agent-send. */
export type AgentQuestion =
  | { readonly namespace: string; readonly pod: string; readonly service?: string }
  | { readonly namespace: string; readonly service: string; readonly pod?: undefined }

/** Reads "namespace/pod", "namespace/service/pod" or "namespace/service/*". Undefined when it is none of them. */
export function parseQuestion(line: string): AgentQuestion | undefined {
  const parts = line.trim().split('/')
  if (parts.some((part) => part === '')) return undefined
  const [namespace = '', second = '', third] = parts
  if (parts.length === 2) return { namespace, pod: second }
  if (parts.length !== 3 || third === undefined) return undefined
  return third === '*' ? { namespace, service: second } : { namespace, service: second, pod: third }
}
