// Alertmanager's configuration: whom which alert reaches, how they are grouped, and what keeps quiet.
import { ALERTS } from '../../controller/model/names.ts'
import { INHIBITION } from './inhibition.ts'

/** Receivers by what they are for; their webhooks stand in for whatever a team uses. */
const RECEIVERS = ['evenkeel-page', 'evenkeel-ticket', 'evenkeel-watchdog', 'everything-else'] as const
type Receiver = (typeof RECEIVERS)[number]

const ours = (...more: readonly string[]) => [...more, 'namespace=~".+"', 'service=~".+"', 'slo=~".+"']
const to = (receiver: Receiver) => ({ receiver })

/**
 * A page goes out at once: what belongs to it is grouped by service and objective anyway. Warnings wait for working hours:
 * one that begins at night is told in the morning, if it is still there.
 */
export function alertmanagerConfig() {
  return {
    route: {
      ...to('everything-else'),
      group_by: ['namespace', 'service', 'slo'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '4h',
      routes: [
        {
          ...to('evenkeel-watchdog'),
          matchers: [`alertname="${ALERTS.watchdog}"`],
          group_wait: '0s',
          group_interval: '1m',
          repeat_interval: '1m',
        },
        { ...to('evenkeel-page'), matchers: ours('severity="critical"'), group_wait: '0s' },
        {
          ...to('evenkeel-ticket'),
          matchers: ours('severity=~"warning|info"'),
          active_time_intervals: ['working-hours'],
          repeat_interval: '24h',
        },
      ],
    },
    inhibit_rules: INHIBITION,
    time_intervals: [
      {
        name: 'working-hours',
        time_intervals: [{ weekdays: ['monday:friday'], times: [{ start_time: '09:00', end_time: '17:00' }] }],
      },
    ],
    receivers: RECEIVERS.map((name) => ({
      name,
      webhook_configs: [{ url: `http://127.0.0.1:9094/${name}`, send_resolved: true }],
    })),
  }
}
