// The shop's objects for the Kubernetes API: read from the YAML beside this file, with the places of this machine filled in.
import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

const KUBE_OBJECT = z.looseObject({
  apiVersion: z.string(),
  kind: z.enum(['Deployment', 'StatefulSet', 'Service', 'Feature', 'Guard', 'FailoverGroup']),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.looseObject({}),
})
export type ShopObject = Readonly<z.infer<typeof KUBE_OBJECT>>

/** Of every pod: for its customers, and for metrics and probes. */
export interface ShopPorts {
  readonly http: number
  readonly metrics: number
}
export const USUAL_PORTS: ShopPorts = { http: 8080, metrics: 9464 }

type Values = Readonly<Record<string, string | number>>

export interface ManifestOptions {
  /** The first three octets of the Services' addresses: "127.2.0". */
  readonly servicePrefix: string
  /** Where pods and Services serve; default 8080 and 9464. */
  readonly ports?: ShopPorts
  readonly namespace: string
  readonly guardMode: 'Observe' | 'Enforce'
  /** host:port where flags are served, as flagd serves them; nowhere unless it is named. */
  readonly flags?: string | undefined
  /** False leaves the degrade remedies out of the Guards: what scaling does by itself. */
  readonly shedding?: boolean
  /** Opens POST /fault on the pods for whoever has it. Without it they can't be told to misbehave. */
  readonly faultToken?: string | undefined
  /** The program redis-server. Without it there is no Redis, and orders are not compared. */
  readonly redisServer?: string | undefined
  /** A private folder for compiled code: pods after the first start in half the time, and need less memory. */
  readonly compileCache?: string | undefined
}

/** What others need first stands first; at the end the core comes before what the shop can do without. */
const SERVICES = [
  'gateway',
  'checkout',
  'catalogue',
  'worker',
  'database',
  'queue',
  'redis',
  'reviews',
  'recommendations',
] as const
const KINDS = ['Deployment', 'StatefulSet', 'Service', 'Feature', 'Guard', 'FailoverGroup'] as const

/** All objects of the shop, in the order in which they should be created: what runs, Services, Features, and what guards them. */
export function shopManifests(options: ManifestOptions): readonly ShopObject[] {
  const values = valuesOf(options)
  const present = SERVICES.filter((service) => service !== 'redis' || options.redisServer !== undefined)
  const objects = present
    .flatMap((service) => readService(service, options.namespace, values))
    .map((object) => (options.shedding === false ? withoutShedding(object) : object))
  return KINDS.flatMap((kind) => objects.filter((object) => object.kind === kind))
}

function valuesOf(options: ManifestOptions): Values {
  const {
    servicePrefix,
    namespace,
    guardMode,
    faultToken,
    compileCache,
    redisServer,
    flags = '',
    ports = USUAL_PORTS,
  } = options
  const [flagsHost = '', flagsPort = ''] = flags.split(':')
  return {
    httpPort: ports.http,
    metricsPort: ports.metrics,
    // The value of a variable is a text.
    httpPortText: String(ports.http),
    metricsPortText: String(ports.metrics),
    node: process.execPath,
    shop: fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, ''),
    // From a checkout the sources run as they are; compiled, the compiled ones do.
    extension: extname(fileURLToPath(import.meta.url)),
    services: servicePrefix,
    namespace,
    flagsHost,
    flagsPort,
    guardMode,
    faults: faultToken === undefined ? 'off' : 'on',
    faultToken: faultToken ?? '',
    compileCache: compileCache ?? '',
    redisServer: redisServer ?? '',
    redisAddress: redisServer === undefined ? '' : `${servicePrefix}.17:6379`,
  }
}

function readService(service: string, namespace: string, values: Values): ShopObject[] {
  const file = fileOf(service)
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    const [error] = 'errors' in document ? document.errors : []
    if (error !== undefined) throw new Error(`${file}: ${error.message}`, { cause: error })
    const { metadata, ...rest } = z.looseObject({ metadata: z.looseObject({}) }).parse(fillIn(document.toJS(), values))
    return KUBE_OBJECT.parse({ ...rest, metadata: { ...metadata, namespace } })
  })
}

function withoutShedding(object: ShopObject): ShopObject {
  const { remedies } = object.spec
  if (object.kind !== 'Guard' || !Array.isArray(remedies)) return object
  return { ...object, spec: { ...object.spec, remedies: remedies.filter((one) => !('degrade' in one)) } }
}

/** The compiler leaves YAML where it is: compiled, we stand in dist/sandbox/shop. */
function fileOf(service: string): string {
  const [beside, inSources] = ['./manifests/', '../../../sandbox/shop/manifests/'].map((folder) =>
    fileURLToPath(new URL(`${folder}${service}.yaml`, import.meta.url)),
  )
  const file = [beside, inSources].find((one) => one !== undefined && existsSync(one))
  if (file === undefined) throw new Error(`the manifest of ${service} is missing: neither ${beside} nor ${inSources}`)
  return file
}

/** Replaces {{name}} in every text; a text that is nothing else becomes the value, a number too. */
function fillIn(value: unknown, values: Values): unknown {
  if (typeof value === 'string') {
    const [, whole] = /^\{\{(\w+)\}\}$/.exec(value) ?? []
    if (whole !== undefined) return filledIn(whole, values)
    return value.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(filledIn(name, values)))
  }
  if (Array.isArray(value)) return value.map((one) => fillIn(one, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillIn(one, values)]))
}

/** A name that has no value is a mistake in the manifest. */
function filledIn(name: string, values: Values): string | number {
  const value = values[name]
  if (value === undefined) throw new Error(`a manifest asks for {{${name}}}; known: ${Object.keys(values).join(', ')}`)
  return value
}
