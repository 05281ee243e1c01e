// Which pods behind a Service are scraped, at which address: pure, from what the watches have seen. DNS is never asked.
import type { Service, ServicePort } from '../../model/service.ts'
import type { Pod } from '../../model/workload.ts'
import { type Discovery, discoverTargets, type Endpoint } from './targets.ts'

/** Where the pods behind a Service serve metrics. */
export interface ServiceEndpoint extends Omit<Endpoint, 'port'> {
  /** The Service's name, in the Guard's namespace. */
  readonly service: string
  /**
   * Name or number of a port of the Service, else of its pods. Undefined: the Service's port that is called metrics or
   * http-metrics, else its only one.
   */
  readonly port: string | number | undefined
}

/** What exporters' Services call the port when they have several. */
const USUAL_NAMES: readonly (string | undefined)[] = ['metrics', 'http-metrics']

/**
 * The targets behind a Service among the pods of its namespace, as `discoverTargets` finds them. There are none without a
 * Service that selects pods, and `reasons` then says why. Never throws.
 */
export function discoverServiceTargets(
  namespace: string,
  service: Service | undefined,
  pods: readonly Pod[],
  endpoint: ServiceEndpoint,
): Discovery {
  const about = `Service ${namespace}/${endpoint.service}`
  if (service === undefined) return none(`${about} does not exist`)
  if (service.type === 'ExternalName')
    return none(
      `${about} is an ExternalName for ${service.externalName ?? 'another host'}, behind which no pods are known`,
    )
  if (Object.keys(service.selector).length === 0)
    return none(`${about} has no selector, so that its pods are not known`)
  const port = podPortOf(service, endpoint.port)
  if (port === undefined) return none(`${about} has ${listOf(service.ports)}: say which one serves metrics`)
  const { path, scheme } = endpoint
  const found = discoverTargets({ namespace, selector: { matchLabels: service.selector } }, pods, {
    port,
    path,
    scheme,
  })
  if (found.targets.length > 0 || found.reasons.length > 0) return found
  return none(`${about} selects no running pod`)
}

/** The port of the pods; undefined when none is asked for and it is not plain which one is meant. */
function podPortOf({ ports }: Service, asked: string | number | undefined): string | number | undefined {
  if (asked === undefined) {
    const usual = ports.find(({ name }) => USUAL_NAMES.includes(name))
    return (usual ?? (ports.length === 1 ? ports[0] : undefined))?.targetPort
  }
  // Many Services of exporters don't name the port that serves metrics: then the pods' own names and numbers hold.
  return ports.find(({ name, port }) => name === asked || port === asked)?.targetPort ?? asked
}

function listOf(ports: readonly ServicePort[]): string {
  if (ports.length === 0) return 'no ports'
  return `the ports ${ports.map(({ name, port }) => (name === undefined ? port : `${name} (${port})`)).join(', ')}`
}

function none(why: string): Discovery {
  return { targets: [], readyPods: 0, reasons: [why] }
}
