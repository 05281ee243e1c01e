// From the path of a URL to what is meant.

type PlainKind = 'health' | 'version' | 'core-versions' | 'groups' | 'open-api'

export interface ObjectRoute {
  readonly kind: 'objects'
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

export type Route =
  | ObjectRoute
  | { readonly kind: PlainKind }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'resources'; readonly group: string; readonly version: string }

const PLAIN: Readonly<Record<string, PlainKind>> = {
  '/healthz': 'health',
  '/livez': 'health',
  '/readyz': 'health',
  '/version': 'version',
  '/api': 'core-versions',
  '/apis': 'groups',
  '/openapi/v2': 'open-api',
}

/** Undefined for a path that nothing is at. */
export function parseRoute(path: string): Route | undefined {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path
  const plain = PLAIN[trimmed]
  if (plain !== undefined) return { kind: plain }
  const [root, ...parts] = decodeParts(trimmed) ?? []
  if (root === 'api') {
    const [version, ...rest] = parts
    return version === undefined ? undefined : inVersion('', version, rest)
  }
  if (root !== 'apis') return undefined
  const [group, version, ...rest] = parts
  if (group === undefined) return undefined
  return version === undefined ? { kind: 'group', group } : inVersion(group, version, rest)
}

function decodeParts(path: string): string[] | undefined {
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    // Not a percent-encoding: no such path.
    return undefined
  }
}

const NAMESPACE_SUBRESOURCES = ['status', 'finalize']

function inVersion(group: string, version: string, parts: readonly string[]): Route | undefined {
  if (parts.length === 0) return { kind: 'resources', group, version }
  if (parts.some((part) => part === '')) return undefined
  const [first, namespace, third = ''] = parts
  const isInNamespace =
    first === 'namespaces' && parts.length >= 3 && !(parts.length === 3 && NAMESPACE_SUBRESOURCES.includes(third))
  const [plural, name, subresource, ...more] = isInNamespace ? parts.slice(2) : parts
  if (plural === undefined || more.length > 0) return undefined
  return {
    kind: 'objects',
    group,
    version,
    plural,
    namespace: isInNamespace ? namespace : undefined,
    name,
    subresource,
  }
}
