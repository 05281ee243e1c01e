// Rules that are not generated, in one error.
import { EvenkeelError } from '../../controller/model/errors.ts'
import type { Refusal } from './limits.ts'

/** Its message has a line for each fault. */
export class AlertsRefused extends EvenkeelError {
  readonly code = 'ALERTS_REFUSED'
  constructor(refusals: readonly Refusal[]) {
    super(refusals.map(describeRefusal).join('\n'))
  }
}

export function describeRefusal({ where, why, remedy }: Refusal): string {
  return `${where} ${why}: ${remedy}.`
}
