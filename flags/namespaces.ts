// Which namespace a reader means, and whether this process serves it.

export type Asked =
  | { readonly kind: 'served'; readonly namespace: string }
  | { readonly kind: 'unnamed' | 'invalid' | 'elsewhere'; readonly why: string }

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** `only` is the one namespace that this process watches; undefined when it watches all. `how` says how to name one. */
export function servedNamespace(named: string | undefined, only: string | undefined, how: string): Asked {
  const namespace = named === undefined || named === '' ? only : named
  if (namespace === undefined) return { kind: 'unnamed', why: `no namespace is named: ${how}` }
  if (!LABEL.test(namespace)) return { kind: 'invalid', why: `${JSON.stringify(namespace)} is no namespace: ${how}` }
  if (only !== undefined && namespace !== only)
    return { kind: 'elsewhere', why: `this controller serves the namespace ${only} only, not ${namespace}` }
  return { kind: 'served', namespace }
}
