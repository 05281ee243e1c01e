// Nothing is taken back on what is not seen, neither replicas nor features. More is allowed: what is seen of a breach is its least size.
import type { Interlock } from '../../model/command.ts'
import { allow, veto } from './ruling.ts'

export const unknownSignal: Interlock = (_command, { direction, remedy }, { blind }) => {
  if (blind.length === 0) return allow('unknown', 'every signal is seen')
  // It rests on what the pod itself tells: the remedy moves none that tells nothing.
  if (remedy === 'isolate') return allow('unknown', 'part is not seen, but the pod is')
  const what = blind.join('; ')
  return direction === 'down'
    ? veto('unknown', `not seen: ${what}`)
    : allow('unknown', `part is not seen (${what}), but what is seen is reason enough`)
}
