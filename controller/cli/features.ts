// `evenkeel features`: every Feature, and what services are told of it. `evenkeel feature`: the will of a person, for a time.
import type { Command } from 'commander'
import type { KubeClient } from '../kube/client.ts'
import { projectFeature } from '../kube/feature.ts'
import { getObject, listObjects, mergePatch } from '../kube/objects.ts'
import { FEATURES } from '../kube/resource-type.ts'
import { CommandError, ConfigError } from '../model/errors.ts'
import {
  type EffectiveFeature,
  effectiveFeature,
  type FeatureValue,
  isUsable,
  type StoredFeature,
} from '../model/feature.ts'
import { type EpochMs, formatDuration, type Milliseconds, parseDuration } from '../model/units.ts'
import { isLike } from '../model/validate-feature.ts'
import { columns } from './columns.ts'
import { type KubeFlags, withCluster, withKubeFlags } from './kube-flags.ts'
import { whoAmI } from './who-am-i.ts'

export interface OverrideFlags {
  readonly on?: true
  readonly off?: true
  readonly value?: string
  readonly clear?: true
  readonly for?: string
  readonly reason?: string
}

export function addFeatureCommands(root: Command): void {
  withKubeFlags(root.command('features'))
    .summary('show what is switched off')
    .description('Shows every Feature with its tier, the value that services are told, since when, by whom and why.')
    .option('-n, --namespace <name>', 'only this namespace')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async ({ namespace, output, ...flags }: KubeFlags & { namespace?: string; output: string }) => {
      if (output !== 'text' && output !== 'json')
        throw new ConfigError(`--output ${output} is not known: write text or json`)
      await withCluster(flags, async (client) => {
        const features = (await listObjects(client, FEATURES, { namespace })).map(projectFeature)
        const now = Date.now()
        console.log(
          output === 'json'
            ? JSON.stringify(
                features.map((one) => toldOf(one, now)),
                undefined,
                2,
              )
            : featuresTable(features, now),
        )
      })
    })

  withKubeFlags(root.command('feature'))
    .summary('override a Feature for a time')
    .description(
      'Tells services a value of your choice, whatever Guards ask for. It ends by itself. It is written into the Feature with your name and your reason.',
    )
    .argument('<name>', 'name of the Feature')
    .option('-n, --namespace <name>', "its namespace (default: the context's)")
    .option('--on', 'the value true')
    .option('--off', 'the value false')
    .option('--value <value>', 'any value of its type')
    .option('--clear', 'end the override now')
    .option('--for <duration>', 'how long it holds, like 30m, 2h or 1d')
    .option('--reason <text>', 'why, for those who meet it')
    .action(async (name: string, { namespace, ...flags }: KubeFlags & OverrideFlags & { namespace?: string }) => {
      const wish = wishOf(flags)
      await withCluster(flags, async (client, config) => {
        const where = { namespace: namespace ?? client.namespace, name }
        console.log(
          wish === 'clear' ? await clear(client, where) : await override(client, where, wish, await whoAmI(config)),
        )
      })
    })
}

interface Wish {
  readonly value: boolean | string
  readonly forMs: Milliseconds
  readonly reason: string
}

/** What the flags ask for. Throws ConfigError when they ask for nothing, for too much, or don't say how long and why. */
export function wishOf({ on, off, value, clear, for: length, reason }: OverrideFlags): Wish | 'clear' {
  const asked = [on, off, value, clear].filter((one) => one !== undefined)
  if (asked.length !== 1) throw new ConfigError('Say one of --on, --off, --value VALUE and --clear.')
  if (clear) return 'clear'
  const forMs = length === undefined ? undefined : parseDuration(length)
  if (forMs === undefined || forMs === 0)
    throw new ConfigError(
      length === undefined
        ? 'An override has an end: say how long with --for, like --for 2h.'
        : `--for ${length} is not a duration: write a number and a unit, like 30m, 2h or 1d`,
    )
  if (reason === undefined || reason.trim() === '')
    throw new ConfigError('An override has a reason: say why with --reason "…".')
  return { value: value ?? on === true, forMs, reason }
}

/** The value for a Feature whose normal value is this one. Throws ConfigError when it can't stand in for it. */
export function valueFor(normal: FeatureValue, asked: boolean | string): FeatureValue {
  const value = typeof asked === 'string' ? readAs(normal, asked) : asked
  if (value === undefined || !isLike(normal, value)) {
    const how =
      typeof normal === 'boolean' ? '--on or --off' : `--value with ${typeof normal === 'number' ? 'a number' : 'text'}`
    throw new ConfigError(`${JSON.stringify(asked)} can't stand in for ${JSON.stringify(normal)}: use ${how}`)
  }
  return value
}

function readAs(normal: FeatureValue, text: string): FeatureValue | undefined {
  if (typeof normal === 'string') return text
  if (typeof normal === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
}

interface Where {
  readonly namespace: string
  readonly name: string
}

async function override(
  client: KubeClient,
  where: Where,
  { value: asked, forMs, reason }: Wish,
  by: string,
): Promise<string> {
  const feature = projectFeature(await getObject(client, FEATURES, where))
  if (!isUsable(feature)) throw new CommandError(`${where.namespace}/${where.name} can't be used: ${feature.fault}`)
  const value = valueFor(feature.spec.normal, asked)
  const until = new Date(Date.now() + forMs).toISOString()
  const { resourceVersion } = feature
  // The version makes sure that the value is of the type that the Feature still has.
  await mergePatch(client, FEATURES, where, { spec: { override: { value, until, reason, by } } }, { resourceVersion })
  return `${where.namespace}/${where.name} is ${JSON.stringify(value)} until ${until}, by ${by}: ${reason}`
}

async function clear(client: KubeClient, where: Where): Promise<string> {
  const answer = await mergePatch(client, FEATURES, where, { spec: { override: null } })
  const told = toldOf(projectFeature(answer), Date.now())
  return `${where.namespace}/${where.name} has no override; it is ${JSON.stringify(told.value)} (${told.state}: ${told.reason})`
}

/** What services are told, with the Feature it is about. */
function toldOf(feature: StoredFeature, now: EpochMs) {
  const { namespace, name, spec, fault } = feature
  const told: Partial<EffectiveFeature> = isUsable(feature) ? effectiveFeature(feature, now) : {}
  const iso = (at: EpochMs | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  return { namespace, name, tier: spec?.tier, ...told, since: iso(told.since), until: iso(told.until), fault }
}

const HEADER = ['NAMESPACE', 'FEATURE', 'TIER', 'VALUE', 'STATE', 'SINCE', 'ENDS', 'BY', 'WHY']

/** `now` in epoch milliseconds. */
export function featuresTable(features: readonly StoredFeature[], now: EpochMs): string {
  if (features.length === 0) return 'No Features found.'
  const ago = (at: EpochMs | undefined) => (at === undefined ? '-' : `${formatDuration(Math.max(0, now - at))} ago`)
  const rows = features.map((feature) => {
    const { namespace, name, fault } = feature
    if (!isUsable(feature)) return [namespace, name, '-', '-', 'Refused', '-', '-', '-', fault ?? '-']
    const { value, state, since, until, by, reason } = effectiveFeature(feature, now)
    const ends = until === undefined ? '-' : `in ${formatDuration(until - now)}`
    const why = fault === undefined ? reason : `${reason} (refused: ${fault})`
    return [namespace, name, feature.spec.tier, JSON.stringify(value), state, ago(since), ends, by || '-', why]
  })
  rows.sort((a, b) => (`${a[0]}/${a[1]}` < `${b[0]}/${b[1]}` ? -1 : 1))
  return columns([HEADER, ...rows]).join('\n')
}
