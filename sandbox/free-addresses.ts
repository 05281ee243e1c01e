// Where the shop can be: loopback addresses and ports that nobody else on this machine uses.
import { SandboxError } from './errors.ts'
import { isFree } from './ports.ts'
import { type ShopPorts, USUAL_PORTS } from './shop/manifests.ts'

const MOST_SANDBOXES = 100

export interface Place {
  /** The first three octets of the Services' addresses: "127.2.0". */
  readonly servicePrefix: string
  readonly ports: ShopPorts
}

/** A program that listens on all addresses of the machine takes a port on every one of ours too. */
const PORTS: readonly ShopPorts[] = [USUAL_PORTS, { http: 18_080, metrics: 19_464 }, { http: 28_173, metrics: 29_173 }]

/** Addresses and ports that neither another sandbox nor anything else on this machine uses. Throws SandboxError. */
export async function findPlace(gatewayOctet: number): Promise<Place> {
  for (const ports of PORTS) {
    for (let third = 0; third < MOST_SANDBOXES; third++) {
      const gateway = `127.2.${third}.${gatewayOctet}`
      if ((await isFree(gateway, ports.http)) && (await isFree(gateway, ports.metrics)))
        return { servicePrefix: `127.2.${third}`, ports }
    }
  }
  const tried = PORTS.map(({ http, metrics }) => `${http} and ${metrics}`).join(', or ')
  throw new SandboxError(
    `no ports are free on the loopback addresses 127.2.*: it needs ${tried}, and Linux, where all of 127.0.0.0/8 is local`,
  )
}
