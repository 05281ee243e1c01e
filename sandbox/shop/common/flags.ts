// What is switched off, limited or cut: flags, read as any service would, through the OpenFeature SDK and its stock provider.
import { FlagdProvider } from '@openfeature/flagd-provider'
import { OpenFeature } from '@openfeature/server-sdk'
import { z } from 'zod'

export const FLAG_SETTINGS = {
  /** Where flags are served; the provider reads it, and the other FLAGD_* variables, by itself. Empty: nowhere. */
  FLAGD_HOST: z.string().default(''),
}

export interface Flags {
  isOn(feature: string): Promise<boolean>
  /** Requests per second that may come in; Infinity when the flow is not limited. */
  limitOf(flow: string): Promise<number>
  /** The share of the calls that the circuit of a Guard lets through: 1 closed, 0 open. */
  shareOf(guard: string): Promise<number>
  close(): Promise<void>
}

/**
 * Resolves at once: until the first flags are here everything is on, and no request waits for them. What was once told
 * stays when those who serve flags are gone.
 */
export function connectFlags({ FLAGD_HOST }: { readonly FLAGD_HOST: string }): Flags {
  if (FLAGD_HOST !== '') OpenFeature.setProvider(new FlagdProvider({ resolverType: 'in-process' }))
  const client = OpenFeature.getClient()
  return {
    isOn: (feature) => client.getBooleanValue(feature, true),
    limitOf: (flow) => client.getNumberValue(`limit.${flow}`, Number.POSITIVE_INFINITY),
    shareOf: (guard) => client.getNumberValue(`circuit.${guard}.share`, 1),
    close: () => OpenFeature.close(),
  }
}
