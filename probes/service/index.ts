// The library `evenkeel/probes`: health endpoints and a graceful end for Node services. It imports nothing else of ours.
export type { Check, CheckOptions, Checks } from './check.ts'
export { createProbes, type Probes, type ProbesOptions } from './probes.ts'
export { type ShutdownOptions, shutDownGracefully } from './shutdown.ts'
