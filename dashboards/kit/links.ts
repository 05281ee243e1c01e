// The links at the top of a board: to the other boards, to runbooks, and to traces.
import { type DashboardLink, DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard'
import { type AlertName, runbookFile } from '../../controller/model/runbooks.ts'

/** Every board of ours has it, and the links among boards find them by it. */
export const TAG = 'evenkeel'

/** A drop-down of all boards of Evenkeel, which takes the time range and the variables along. */
export function toBoards(): DashboardLink {
  const link = new DashboardLinkBuilder('Evenkeel')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
    .icon('external link')
    .tooltip('The other boards of Evenkeel')
  return plain(link)
}

/** The list of all runbooks, where they are read; no link when nobody said. */
export function toRunbooks(base: string | undefined): DashboardLink[] {
  return base === undefined ? [] : [toPage('Runbooks', pageIn(base, 'README.md'), 'What to do about each alert')]
}

/** From a panel to the runbooks of the alerts on what it shows. */
export function toRunbooksOf(alerts: readonly AlertName[], base: string | undefined): DashboardLink[] {
  if (base === undefined) return []
  return alerts.map((alert) =>
    toPage(`Runbook: ${alert}`, pageIn(base, runbookFile(alert)), `What to do about ${alert}`),
  )
}

const pageIn = (base: string, file: string): string => `${base.replace(/\/+$/, '')}/${file}`

/** The spans of one Guard's ticks and acts, or of all; `guard` is namespace/name, in which variables are replaced. */
export function toTraces(guard: string | undefined): DashboardLink {
  const ofGuard = guard === undefined ? '' : ` && span.evenkeel.guard = "${guard}"`
  const query = `{ resource.service.name = "evenkeel"${ofGuard} }`
  const panes = {
    traces: {
      datasource: '${traces}',
      queries: [{ refId: 'A', datasource: { type: 'tempo', uid: '${traces}' }, queryType: 'traceql', query }],
      range: { from: '${__from}', to: '${__to}' },
    },
  }
  const url = `/explore?schemaVersion=1&panes=${encodeAroundVariables(JSON.stringify(panes))}`
  return toPage('Traces', url, 'Spans of ticks and acts, in Tempo')
}

function toPage(title: string, url: string, tooltip: string): DashboardLink {
  return plain(
    new DashboardLinkBuilder(title)
      .type(DashboardLinkType.Link)
      .url(url)
      .tooltip(tooltip)
      .icon('doc')
      .targetBlank(true),
  )
}

/** Without the placement that the SDK gives every link, which hides it in a menu. */
function plain(link: DashboardLinkBuilder): DashboardLink {
  const { placement: _, ...rest } = link.build()
  return rest
}

/** Percent-encoded, but for variables, which Grafana replaces before a browser reads the address. */
function encodeAroundVariables(text: string): string {
  return encodeURIComponent(text).replace(/%24%7B(\w+)%7D/g, (_, name: string) => `\${${name}}`)
}
