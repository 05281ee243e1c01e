// The runbooks of all alerts, one file each.

import { runbookFile } from '../../controller/model/runbooks.ts'
import { availabilityBurn, latencyBurn } from './budgets.ts'
import { down, fleetPanic, loopLag, noLeader, pushFailing, watchdog } from './evenkeel.ts'
import { failoverLagging, failoverMemberDown, failoverNotReady } from './failover/readiness.ts'
import {
  failbackReady,
  failoverDrillFailed,
  failoverFailed,
  failoverGroupRefused,
  failoverUnacknowledged,
} from './failover/switches.ts'
import { failoverRefused, failoverUnavailable } from './failover/urgent.ts'
import { limitBreached } from './limits.ts'
import { guardRefused, servicePanic } from './others.ts'
import { exhausted, failing, flapping } from './remedies.ts'
import { type About, type Runbook, runbookPage } from './runbook.ts'
import { metricsAbsent, signalsUnknown } from './sight.ts'

const OF_SERVICES = [
  exhausted,
  failing,
  flapping,
  availabilityBurn,
  latencyBurn,
  limitBreached,
  signalsUnknown,
  metricsAbsent,
] as const
const OF_GROUPS = [
  failoverRefused,
  failoverUnavailable,
  failoverFailed,
  failoverUnacknowledged,
  failoverNotReady,
  failoverMemberDown,
  failoverLagging,
  failoverDrillFailed,
  failoverGroupRefused,
  failbackReady,
] as const
const OF_EVENKEEL = [down, noLeader, loopLag, fleetPanic, guardRefused, servicePanic, pushFailing, watchdog] as const

export interface RunbookFile {
  readonly file: string
  readonly title: string
  readonly markdown: string
}

/** Their order is that of docs/runbooks/README.md. */
export function runbooks(): RunbookFile[] {
  const pages = [
    ...OF_SERVICES.map((one) => fileOf(one, 'service')),
    ...OF_GROUPS.map((one) => fileOf(one, 'group')),
    ...OF_EVENKEEL.map((one) => fileOf(one, 'evenkeel')),
  ]
  return [...pages, { file: 'README.md', title: 'Runbooks', markdown: indexOf(pages) }]
}

function fileOf(runbook: Runbook, about: About): RunbookFile & { readonly alert: string } {
  return {
    alert: runbook.alert,
    file: runbookFile(runbook.alert),
    title: runbook.title,
    markdown: runbookPage(runbook, about),
  }
}

function indexOf(pages: readonly (RunbookFile & { readonly alert: string })[]): string {
  const rows = pages.map(({ alert, file, title }) => `- [\`${alert}\`](${file}): ${title}`)
  return `# Runbooks\n\nOne for each alert that \`evenkeel alerts build\` makes. They are made by it too: \`npm run generate\`.\n\n${rows.join('\n')}\n`
}
