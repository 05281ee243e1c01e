// Makes a Redis a replica of the primary, and raises what the primary wants before it takes writes as its replicas join.
import { FENCED_REPLICAS } from '../../databases/redis-state.ts'
import type { GroupTarget, StepOutcome } from '../../model/failover.ts'
import { attach } from './redis-fence.ts'
import { type Answering, isAnswering, type RedisMeans } from './redis-means.ts'

export async function follow(
  means: RedisMeans,
  target: GroupTarget,
  member: string,
  primary: string,
): Promise<StepOutcome> {
  if (member === primary) return { kind: 'failed', why: `${member} can't follow itself` }
  const [replica, source] = await Promise.all([means.ask(member), means.ask(primary)])
  if (!isAnswering(source)) return { kind: 'failed', why: `${primary} does not answer: ${source.why}` }
  if (!isAnswering(replica)) return { kind: 'failed', why: `${member} does not answer: ${replica.why}` }
  // Two replicas of each other would be no primary at all.
  if (source.state.role !== 'Primary') return { kind: 'failed', why: `${primary} does not answer as a primary` }

  const isAttached = replica.state.role === 'Replica' && means.follows(replica, primary)
  if (!isAttached || !replica.state.isLinked) await giveCredentials(means, target, replica)
  if (!isAttached) await attach(means, replica, source)
  await makeHarmless(means, target, replica)
  const now = await means.askUntil(member, ({ isLinked }) => isLinked)
  if (!isAnswering(now)) return { kind: 'failed', why: `${member} does not answer: ${now.why}` }
  if (!now.state.isLinked) {
    const how = now.state.isSyncing ? 'is taking over its data' : 'is being linked'
    return { kind: 'waiting', why: `${member} ${how} with ${primary}` }
  }
  await keepSettings(means, now)
  await raise(means, target, source)
  return { kind: 'done' }
}

/** Its own stay, if it has some. */
async function giveCredentials(means: RedisMeans, { credentials }: GroupTarget, replica: Answering): Promise<void> {
  if (credentials === undefined || (await means.setting(replica, 'masterauth')) !== '') return
  const { username, password } = credentials.replication ?? credentials
  if (username !== undefined) await means.write(replica, 'CONFIG', 'SET', 'masteruser', username)
  await means.write(replica, 'CONFIG', 'SET', 'masterauth', password)
}

/** So that it takes no writes, neither now nor, alone, as a primary. */
async function makeHarmless(means: RedisMeans, target: GroupTarget, replica: Answering): Promise<void> {
  if (!replica.state.isReadOnly) await means.write(replica, 'CONFIG', 'SET', 'replica-read-only', 'yes')
  const toWrite = (await means.settings(replica))?.toWrite
  if (toWrite === undefined || toWrite === FENCED_REPLICAS || toWrite < minReplicasToWrite(target))
    await means.write(replica, 'CONFIG', 'SET', 'min-replicas-to-write', `${minReplicasToWrite(target)}`)
}

/** Never above what it has: that would stop its writes. */
async function raise(means: RedisMeans, target: GroupTarget, { name }: Answering): Promise<void> {
  const source = await means.ask(name)
  if (!isAnswering(source)) return
  const toWrite = (await means.settings(source))?.toWrite
  const has = Math.min(minReplicasToWrite(target), source.state.replicas)
  if (toWrite === undefined || toWrite >= has) return
  await means.write(source, 'CONFIG', 'SET', 'min-replicas-to-write', `${has}`)
  if (has === minReplicasToWrite(target)) await keepSettings(means, source)
}

/** For its next start, where it has a file for that, and may write to it. */
export async function keepSettings(means: RedisMeans, member: Answering): Promise<void> {
  if (member.state.hasConfigFile) await means.tryWrite(member, 'CONFIG', 'REWRITE')
}

export function minReplicasToWrite({ spec }: Pick<GroupTarget, 'spec'>): number {
  return spec.method.redis?.minReplicasToWrite ?? 1
}
