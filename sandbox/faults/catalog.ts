// The faults of the sandbox, in words: which there are, what each does, who should notice.

export const FAULTS = [
  {
    name: 'spike',
    summary: 'Six times as many users come to the shop',
    heals: true,
    target: 'checkout',
  },
  {
    name: 'slow-database',
    summary: 'The database can do a tenth of the work that it could',
    heals: true,
    target: 'checkout',
  },
  {
    name: 'error-burst',
    summary: 'One pod of catalogue answers three of four requests with 500 for eight seconds',
    heals: true,
    target: 'catalogue',
  },
  {
    name: 'bad-pod',
    summary: 'One pod of catalogue answers every request with 500 until it is replaced',
    heals: true,
    target: 'catalogue',
  },
  {
    name: 'pool-exhaustion',
    summary: 'A report job takes nearly all connections of the database and keeps them',
    heals: false,
    target: 'checkout',
  },
  {
    name: 'queue-backlog',
    summary: 'Each order takes the workers fifteen times as long, and the queue grows',
    heals: true,
    target: 'worker',
  },
  {
    name: 'primary-down',
    summary: "The process of Redis' primary hangs, and orders wait for it in vain",
    heals: true,
    target: 'checkout',
  },
  {
    name: 'crash-loop',
    summary: 'The process of reviews ends three seconds after each start',
    heals: false,
    target: 'reviews',
  },
] as const satisfies readonly FaultDescription[]

interface FaultDescription {
  readonly name: string
  /** One sentence for --help and the view. */
  readonly summary: string
  /** Whether a Guard's present remedies treat it. */
  readonly heals: boolean
  /** The Guard that should notice. */
  readonly target: string
}
export type FaultName = (typeof FAULTS)[number]['name']
