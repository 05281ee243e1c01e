// The failover remedy: whether a group is asked to switch. It is the last resort, and made only on evidence that points there.
import { isClimb } from '../../model/action.ts'
import type { FailoverProposal } from '../../model/command.ts'
import type { FailoverMethodName } from '../../model/failover-group.ts'
import type { FailoverSpec } from '../../model/failover-remedy.ts'
import { type FailoverView, failoverField, objectionToSwitch } from '../../model/failover-view.ts'
import type { Action } from '../../model/guard-status.ts'
import type { DiagnosisStatus, ResourceName } from '../../model/resource.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'

export interface FailoverInput {
  /** The FailoverGroups of the Guard's namespace. */
  readonly groups: readonly FailoverView[]
  /** What the open Incident says that binds. */
  readonly diagnosis: DiagnosisStatus | undefined
  readonly recentActions: readonly Action[]
  /** Since when this climb lasts. */
  readonly since: EpochMs | undefined
  readonly now: EpochMs
}

/** Undefined when it is spent: `whyNotAsked` says why. Pure. */
export function proposeFailover(
  { group: name }: FailoverSpec,
  input: FailoverInput,
  reasons: readonly string[],
): FailoverProposal | undefined {
  const group = groupNamed(name, input)
  const { diagnosis } = input
  if (whyNotAsked(name, input) !== undefined || group?.epoch === undefined || diagnosis === undefined) return undefined
  const { active, epoch } = group
  return {
    remedy: 'failover',
    direction: 'up',
    group: name,
    from: epoch,
    to: epoch + 1,
    reasons: [...reasons, `Diagnosis: ${diagnosis.summary}`, `${active} is the primary of ${name}, and answers`],
  }
}

/** To be said after "past the limit"; undefined when it may be asked. Pure. */
export function whyNotAsked(name: string, input: FailoverInput): string | undefined {
  if (isAsked(name, input)) return `with ${name} asked already`
  const group = groupNamed(name, input)
  const objection = objectionToSwitch(name, group)
  if (group !== undefined && !pointsTo(input, group)) return `with nothing that points to ${name}`
  return objection === undefined ? undefined : `while ${objection}`
}

function groupNamed(name: string, { groups }: FailoverInput): FailoverView | undefined {
  return groups.find((one) => one.name === name)
}

/** Once in a climb, whatever came of it: what a switch did not help is not helped by another. */
function isAsked(name: string, { recentActions, since }: Pick<FailoverInput, 'recentActions' | 'since'>): boolean {
  return since !== undefined && recentActions.some((action) => isAskingOf(name, action, since))
}

function isAskingOf(name: string, action: Action, since: EpochMs): boolean {
  const { remedy, outcome, field, at } = action
  if (remedy !== 'failover' || outcome === 'Abandoned' || !isClimb(action)) return false
  return field === failoverField(name) && Date.parse(at) >= since
}

/** An answer that still stands is written anew twice as often. */
const PRESENT_MS: Milliseconds = 60_000

/** What a group of each method is to its clients. One behind a Service may be either. */
const IS: Readonly<Record<FailoverMethodName, readonly ResourceName[]>> = {
  service: ['database', 'cache'],
  redis: ['cache'],
  sentinel: ['cache'],
  mysql: ['database'],
  patroni: ['database'],
}

/** Whether what binds is this group: the kind of thing that it is, or a dependency that has one of its names. */
function pointsTo({ diagnosis, now }: FailoverInput, group: FailoverView): boolean {
  const { resource, of, confidence, at } = diagnosis ?? {}
  if (resource === undefined || at === undefined || confidence === undefined || confidence === 'Low') return false
  if (!(now - Date.parse(at) <= PRESENT_MS)) return false
  if (resource !== 'dependency') return IS[group.method].includes(resource)
  return of !== undefined && group.names.includes(hostOf(of))
}

/** "shop-db" of "shop-db.shop.svc:5432", and of "postgres://shop-db/x". */
function hostOf(server: string): string {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/]*@)?([^.:/]*)/i.exec(server)?.[1] ?? server
}

export interface FailoverUse {
  readonly isUsed: boolean
  readonly isSpent: boolean
  readonly text: string
}

/** In words that do not change while nothing happens. Pure. */
export function describeAsking(name: string, input: FailoverInput): FailoverUse {
  const isUsed = isAsked(name, input)
  const { active, epoch } = groupNamed(name, input) ?? {}
  const known = active === undefined ? name : `${name}: ${active} is active, epoch ${epoch}`
  const why = whyNotAsked(name, input)
  return { isUsed, isSpent: why !== undefined, text: why === undefined ? known : `${known}, ${why}` }
}
