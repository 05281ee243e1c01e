// Which request comes next, so that any stretch of them has the mix that was asked for.

/**
 * The names in turn by their weights, spread as evenly as they can be (smooth weighted round-robin, as nginx does it).
 * Throws when no weight is above 0.
 */
export function createMix<Name extends string>(weights: Readonly<Record<Name, number>>): () => Name {
  const entries = (Object.keys(weights) as Name[]).map((name) => ({ name, weight: weights[name], credit: 0 }))
  const total = entries.reduce((sum, { weight }) => sum + weight, 0)
  if (!(total > 0)) throw new Error('a mix needs at least one weight above 0')
  return () => {
    for (const entry of entries) entry.credit += entry.weight
    const next = entries.reduce((best, entry) => (entry.credit > best.credit ? entry : best))
    next.credit -= total
    return next.name
  }
}
