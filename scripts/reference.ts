// The reference pages that are generated, so that they can't say anything else than the code.
import { configurationPage } from './reference/configuration.ts'
import { failoverGroupPage, featurePage, guardPage, incidentPage } from './reference/kinds.ts'
import { metricsPage } from './reference/metrics.ts'
import { profilesPage } from './reference/profiles.ts'
import { resourcesPage } from './reference/resources.ts'

/** The generated pages: a name inside docs/reference and its markdown. Pure. */
export function referenceFiles(): { readonly name: string; readonly markdown: string }[] {
  return [
    { name: 'configuration.md', markdown: configurationPage() },
    { name: 'failover-group.md', markdown: failoverGroupPage() },
    { name: 'feature.md', markdown: featurePage() },
    { name: 'guard.md', markdown: guardPage() },
    { name: 'incident.md', markdown: incidentPage() },
    { name: 'metrics.md', markdown: metricsPage() },
    { name: 'profiles.md', markdown: profilesPage() },
    { name: 'resources.md', markdown: resourcesPage() },
  ]
}
