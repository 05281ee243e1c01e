// What a runbook says, and how it is written: Meaning, Impact, Diagnosis, Mitigation.
import type { AlertName } from '../../controller/model/runbooks.ts'

export interface Runbook {
  readonly alert: AlertName
  /** What has happened, as a title. */
  readonly title: string
  /** What else tells of the same. */
  readonly alsoSeenAs?: string
  readonly meaning: string
  readonly impact: string
  readonly diagnosis: string
  readonly mitigation: string
}

/** What a runbook is about, of which its commands have the name from the labels of the alert. */
export type About = 'service' | 'group' | 'evenkeel'

const FROM_LABELS: Readonly<Record<About, readonly string[]>> = {
  service: [inShell('NAMESPACE=shop SERVICE=checkout      # the labels namespace and service of the alert')],
  group: [inShell('NAMESPACE=shop GROUP=db      # the labels namespace and group of the alert')],
  evenkeel: [],
}

function inShell(line: string): string {
  return `\`\`\`sh\n${line}\n\`\`\``
}

export function runbookPage(
  { alert, title, alsoSeenAs, meaning, impact, diagnosis, mitigation }: Runbook,
  about: About,
): string {
  const seenAs = [`The alert \`${alert}\``, ...(alsoSeenAs === undefined ? [] : [alsoSeenAs])].join(', ')
  const parts = [
    `# Runbook: ${title}`,
    `${seenAs}.`,
    '## Meaning',
    meaning,
    '## Impact',
    impact,
    '## Diagnosis',
    ...FROM_LABELS[about],
    diagnosis,
    '## Mitigation',
    mitigation,
  ]
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`
}
