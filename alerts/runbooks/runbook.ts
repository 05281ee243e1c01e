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

/** Commands of all runbooks take these from the labels of the alert. */
const FROM_LABELS = `\`\`\`sh
NAMESPACE=shop SERVICE=checkout      # the labels namespace and service of the alert
\`\`\``

export function runbookPage(
  { alert, title, alsoSeenAs, meaning, impact, diagnosis, mitigation }: Runbook,
  isOfService: boolean,
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
    ...(isOfService ? [FROM_LABELS] : []),
    diagnosis,
    '## Mitigation',
    mitigation,
  ]
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`
}
