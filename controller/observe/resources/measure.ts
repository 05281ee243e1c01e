// From one target's snapshots to readings of its resources, by a recipe: what is used of what there is. Pure.
import { describeCount, describeValue } from '../../model/describe.ts'
import type { KnownReading } from '../../model/resource.ts'
import type { DroppedRecipe, IdleRecipe, LatenessRecipe, Most, Said, ShareRecipe, UsageRecipe } from './recipe.ts'
import { type Choice, gauge, increase, increasesOf, type Snapshot } from './samples.ts'

/** What can be read of one target by itself. */
export type OwnRecipe = UsageRecipe | ShareRecipe | LatenessRecipe | IdleRecipe | DroppedRecipe

export interface Pair {
  readonly before: Snapshot | undefined
  readonly now: Snapshot
  readonly choice: Choice
}

type Measured = Omit<KnownReading, 'resource' | 'kind' | 'of'>

/** A reading for each pool, or whatever the recipe splits by. Undefined when the target does not tell it (yet). */
export function measure(recipe: OwnRecipe, pair: Pair, of: string): KnownReading[] | undefined {
  const { resource } = recipe
  return measuredBy(recipe, pair, of)?.map((one) => ({ resource, kind: 'ok', of, ...one }))
}

function measuredBy(recipe: OwnRecipe, pair: Pair, of: string): Measured[] | undefined {
  switch (recipe.kind) {
    case 'usage':
      return usage(recipe, pair, of)
    case 'share': {
      const share = one(gauge(pair.now, recipe.share, pair.choice))
      if (share === undefined) return undefined
      const amount = describeValue('cpu', share)
      return [{ utilisation: share, amount, evidence: `${of}: ${amount} ${recipe.says}.` }]
    }
    case 'lateness':
      return lateness(recipe, pair, of)
    case 'idle':
      return idle(recipe, pair, of)
    case 'dropped':
      return dropped(recipe, pair, of)
  }
}

function usage(recipe: UsageRecipe, { before, now, choice }: Pair, of: string): Measured[] | undefined {
  const used = gauge(now, recipe.used, choice)
  const most = mostOf(recipe.max, now, choice)
  if (used === undefined || most === undefined) return undefined
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000
  const pace = recipe.pace === undefined ? undefined : one(increase(before, now, recipe.pace.of, choice))
  return [...used].flatMap(([key, value]) => {
    const max = most.by(key)
    // 0 is how many say that there is no limit.
    if (max === undefined || !(max > 0)) return []
    const counts = `${describeCount(value)} of ${describeCount(max)}`
    const amount = recipe.label === undefined ? counts : `${counts} ${recipe.label}`
    const where = key === '' ? of : `${of}, ${key}`
    const saturation = [
      ...said(recipe.waiting, (total) => gauge(now, total, choice)?.get(key), 1),
      ...said(recipe.refused, (total) => increase(before, now, total, choice)?.get(key), seconds),
    ].map((text) => `${where}: ${text}.`)
    const evidence = [
      `${where}: ${counts} ${recipe.says}${most.because === undefined ? '' : ` (${most.because})`}`,
      ...paceOf(recipe, pace, seconds, max),
    ].join('; ')
    return [
      {
        utilisation: value / max,
        amount,
        evidence: `${evidence}.`,
        max,
        // Ports are counted per address that is connected to: more than there are for one can only be those of several.
        ...(recipe.restsSeconds !== undefined && value > max ? { doubt: SHARED } : {}),
        ...(saturation.length === 0 ? {} : { saturation: saturation.join(' ') }),
      },
    ]
  })
}

const SHARED = 'That is more than one address has: several share them, and none need be out of ports.'

function mostOf(
  candidates: readonly Most[],
  now: Snapshot,
  choice: Choice,
): { by(key: string): number | undefined; readonly because?: string } | undefined {
  for (const most of candidates) {
    if ('assumed' in most) return { by: () => most.assumed, because: most.because }
    if ('first' in most) {
      const [first, last] = [one(gauge(now, most.first, choice)), one(gauge(now, most.last, choice))]
      if (first !== undefined && last !== undefined) return { by: () => last - first + 1 }
    } else {
      const totals = gauge(now, most, choice)
      if (totals !== undefined) return { by: (key) => totals.get(most.by === undefined ? '' : key) }
    }
  }
  return undefined
}

/** What waits or was refused, when there is any. */
function said(
  all: readonly Said[] | undefined,
  read: (total: Said['of']) => number | undefined,
  seconds: number,
): string[] {
  return (all ?? []).flatMap(({ of, says }) => {
    const value = read(of)
    if (value === undefined || !(value > 0) || !(seconds > 0)) return []
    const each = value / seconds
    return [`${each < 10 ? Number(each.toPrecision(2)) : describeCount(each)} ${says}`]
  })
}

function paceOf(
  { pace, restsSeconds }: UsageRecipe,
  count: number | undefined,
  seconds: number,
  max: number,
): string[] {
  if (pace === undefined || count === undefined || !(seconds > 0)) return []
  const told = `${describeCount(count / seconds)} ${pace.says}`
  if (restsSeconds === undefined) return [told]
  const lasts = describeCount(max / restsSeconds)
  return [
    `${told}; each rests for ${restsSeconds} s after its use, so that to one address they last for ${lasts} a second`,
  ]
}

/** Late by less than this share, the thread is not what the process's CPU goes to. */
const LATE_SHARE = 0.2

/**
 * Long turns show as lateness. A loop that is full of short ones comes only a little late, and shows by the CPU of its
 * process: the loop has one thread, which can use one CPU, whatever the pod may use.
 */
function lateness(recipe: LatenessRecipe, { before, now, choice }: Pair, of: string): Measured[] | undefined {
  const mean = one(gauge(now, recipe.meanSeconds, choice))
  if (mean === undefined || !(mean > 0)) return undefined
  const lateSeconds = Math.max(0, mean - recipe.resolutionSeconds)
  const lateShare = lateSeconds / (lateSeconds + recipe.resolutionSeconds)
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000
  const cpu = one(increase(before, now, recipe.cpuSeconds, choice))
  const cpuShare = cpu === undefined || !(seconds > 0) || lateShare < LATE_SHARE ? 0 : Math.min(1, cpu / seconds)
  const utilisation = Math.max(lateShare, cpuShare)
  const [late, busy] = [describeValue('latencyP50', lateSeconds), describeValue('cpu', utilisation)]
  const by = cpuShare > lateShare ? ', as the CPU of its one thread shows,' : ''
  return [
    {
      utilisation,
      amount: `${busy} busy, ${late} late`,
      evidence: `${of}: the event loop comes ${late} late in the mean, and${by} is busy for ${busy} of the time.`,
    },
  ]
}

function idle({ idleSeconds }: IdleRecipe, { before, now, choice }: Pair, of: string): Measured[] | undefined {
  const increases = increasesOf(before, now, idleSeconds, choice)
  if (increases === undefined || before === undefined || now.atMs <= before.atMs) return undefined
  const seconds = (now.atMs - before.atMs) / 1000
  const idleShare = increases.reduce((sum, { value }) => sum + value, 0) / (seconds * increases.length)
  const utilisation = Math.min(1, Math.max(0, 1 - idleShare))
  const amount = `${describeValue('cpu', utilisation)} of the node`
  const cpus = increases.length === 1 ? 'its one CPU is' : `its ${increases.length} CPUs are`
  return [
    { utilisation, amount, evidence: `${of}: ${cpus} busy for ${describeValue('cpu', utilisation)} of the time.` },
  ]
}

function dropped(
  { came, taken, says }: DroppedRecipe,
  { before, now, choice }: Pair,
  of: string,
): Measured[] | undefined {
  const [all, handled] = [one(increase(before, now, came, choice)), one(increase(before, now, taken, choice))]
  if (all === undefined || handled === undefined || all === 0) return undefined
  const lost = Math.max(0, all - handled) / all
  const amount = `${describeValue('errors', lost)} of connections dropped`
  const saturation = lost > 0 ? { saturation: `${of}: ${describeValue('errors', lost)} ${says}.` } : {}
  // Whoever drops is full, however small the share.
  return [{ utilisation: lost > 0 ? 1 : 0, amount, evidence: `${of}: ${amount}.`, ...saturation }]
}

function one(totals: ReadonlyMap<string, number> | undefined): number | undefined {
  return totals === undefined ? undefined : [...totals.values()].reduce((sum, value) => sum + value, 0)
}
