// Istio's standard metrics, as the proxy beside the service or its waypoint counts what it receives.
import type { ProfileSources } from './profiles.ts'

/** A sidecar also counts what its own service calls, as `source`. */
const RECEIVED = { reporter: 'destination|waypoint' }

export const istio: ProfileSources<'istio'> = {
  rps: [{ metric: 'istio_requests_total', match: RECEIVED }],
  errors: [{ metric: 'istio_requests_total', match: { ...RECEIVED, response_code: '5..' } }],
  latency: [{ metric: 'istio_request_duration_milliseconds', unit: 'milliseconds', match: RECEIVED }],
}
