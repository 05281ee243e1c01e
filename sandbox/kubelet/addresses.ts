// Loopback addresses for pods: all of 127/8 is local, so every pod has its own address and can use the same ports.
import { isFree } from '../ports.ts'

export interface Addresses {
  /** Takes an address on which none of `ports` is in use. Throws when none was found in 1,000 tries. */
  take(ports: readonly number[]): Promise<string>
  give(address: string): void
}

/**
 * `range` is the first two numbers of the addresses, as in 127.1. They are drawn at random: other kubelets on this machine
 * may draw from the same range, and an address that was given back should not soon belong to another pod. Throws when
 * the range is not one of loopback addresses.
 */
export function createAddresses(range = '127.1', random: () => number = Math.random): Addresses {
  if (!/^127\.\d{1,3}$/.test(range) || Number(range.slice(4)) > 255) {
    throw new Error(`"${range}" is no range of loopback addresses: write 127 and a number up to 255, as in 127.1`)
  }
  const taken = new Set<string>()
  const octet = (least: number) => least + Math.floor(random() * (255 - least))

  return {
    async take(ports) {
      for (let attempt = 0; attempt < 1_000; attempt += 1) {
        const address = `${range}.${octet(0)}.${octet(1)}`
        if (taken.has(address)) continue
        // Before the first await, or two pods could take the same one.
        taken.add(address)
        const free = await Promise.all(ports.map((port) => isFree(address, port)))
        if (free.every(Boolean)) return address
        taken.delete(address)
      }
      const hint = 'does something on this machine listen there on all addresses (0.0.0.0 or ::)?'
      throw new Error(`no free address in ${range}.0.0/16 for ports ${ports.join(', ')}: ${hint}`)
    },
    give: (address) => void taken.delete(address),
  }
}
