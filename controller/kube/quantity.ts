// Reads quantities as Kubernetes writes them: "500m", "2", "1.5Gi", "1e3".

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/

/** A quantity in its base unit (cores, bytes). Undefined when it is none. YAML may have made a number of it. */
export function parseQuantity(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') return Number.isFinite(quantity) ? quantity : undefined
  if (typeof quantity !== 'string') return undefined
  const [, digits, suffix = ''] = QUANTITY.exec(quantity) ?? []
  const factor = FACTORS[suffix]
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}
