// What a Guard asks of a Prometheus: which server, which series, over which times.
import type { WorkloadKind } from '../../model/workload.ts'
import type { ScrapeSpec } from '../observer.ts'

/** A server with Prometheus's HTTP API. */
export interface PrometheusServer {
  /** Base URL, to which /api/v1/… is added. */
  readonly url: string
  /** Sent as X-Scope-OrgID. */
  readonly tenant?: string
  /** The Secret whose credentials are sent with each question. */
  readonly secret?: { readonly namespace: string; readonly name: string }
}

export interface PrometheusSpec extends ScrapeSpec {
  readonly server: Omit<PrometheusServer, 'secret'>
  /** Name of a Secret with credentials for that server, in the Guard's own namespace. */
  readonly secret?: string
  /** Labels that select the service's series, each with a regular expression for its whole value. */
  readonly match?: Readonly<Record<string, string>>
  readonly podLabel: string
  /** The workload whose pods are meant when there is no `match`. Undefined: whatever is in the namespace, of no known pods. */
  readonly workload?: { readonly kind: WorkloadKind; readonly name: string }
}

/** The server as a Guard of this namespace asks it: a Secret is always one of the Guard's own namespace. */
export function serverOf(namespace: string, { server, secret }: PrometheusSpec): PrometheusServer {
  return secret === undefined ? server : { ...server, secret: { namespace, name: secret } }
}
