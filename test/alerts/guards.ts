// Guards for tests of alerts.
import type { BuildOptions } from '../../alerts/build.ts'
import type { GuardedService } from '../../alerts/model.ts'
import { describeFaults } from '../../controller/model/faults.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'

export const OPTIONS: BuildOptions = {
  runbookUrl: 'https://example.com/runbooks',
  dashboardUrl: 'https://grafana.example.com/',
  team: 'unassigned',
  evenkeelNamespace: 'evenkeel',
  leaveOut: false,
}

/** With everything that an alert can be made of, unless `more` says otherwise. */
export function guardOf(more: object = {}, name = 'checkout'): GuardedService {
  const validation = validateGuardSpec({
    mode: 'Enforce',
    target: { kind: 'Deployment', name },
    objectives: { availability: '99.9%', latency: { p95: '70ms' }, window: '30d' },
    remedies: [{ scale: { min: 2, max: 8, perReplica: { rps: 40 } } }],
    ...more,
  })
  if (!validation.ok) throw new Error(describeFaults(validation.faults))
  return { namespace: 'shop', name, team: 'payments', spec: validation.spec }
}
