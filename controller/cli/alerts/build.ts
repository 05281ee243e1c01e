// `evenkeel alerts build`: the files of alerts, of the Guards of files or of the cluster.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buildAlerts } from '../../../alerts/build.ts'
import { filesOf } from '../../../alerts/output/files.ts'
import { AlertsRefused, describeRefusal } from '../../../alerts/refuse/error.ts'
import { CommandError, ConfigError, messageOf } from '../../model/errors.ts'
import { LABELS } from '../../model/names.ts'
import type { AlertFlags } from '../alerts.ts'
import { guardsInCluster, guardsInFiles, type NamedGuard } from '../guard-files.ts'
import { withCluster } from '../kube-flags.ts'

export async function buildAlertFiles(flags: AlertFlags): Promise<void> {
  const { output, runbookUrl, dashboardUrl, team, evenkeelNamespace, manifestNamespace: namespace } = flags
  const labels = readLabels(flags.label ?? [])
  for (const [flag, url] of [
    ['--runbook-url', runbookUrl],
    ['--dashboard-url', dashboardUrl],
  ] as const)
    if (url !== undefined && !URL.canParse(url))
      throw new ConfigError(`${flag} ${url} is not a URL: write one like https://example.com`)
  const guards = (await guardsFor(flags)).map((guard) => ({ ...guard, team: guard.labels[LABELS.team] }))
  const built = build(guards, {
    runbookUrl,
    dashboardUrl,
    team,
    evenkeelNamespace,
    leaveOut: flags.leaveOut === true,
  })
  for (const refusal of built.leftOut) console.error(`evenkeel: left out: ${describeRefusal(refusal)}`)
  try {
    for (const { path, text } of filesOf(built, { namespace, labels })) {
      const file = join(output, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      console.log(`wrote ${file}`)
    }
  } catch (cause) {
    throw new CommandError(`${output} can't be written: ${messageOf(cause)}`, { cause })
  }
}

function build(...[guards, options]: Parameters<typeof buildAlerts>) {
  try {
    return buildAlerts(guards, options)
  } catch (cause) {
    if (!(cause instanceof AlertsRefused)) throw cause
    throw new CommandError(`nothing was written (--leave-out leaves out what can never fire):\n${cause.message}`, {
      cause,
    })
  }
}

async function guardsFor({ file, namespace, ...flags }: AlertFlags): Promise<NamedGuard[]> {
  if (file !== undefined) {
    const guards = await guardsInFiles(file)
    return guards.filter((guard) => namespace === undefined || guard.namespace === namespace)
  }
  const { guards, left } = await withCluster(flags, (client) => guardsInCluster(client, namespace))
  for (const why of left) console.error(`evenkeel: left out: ${why}`)
  return guards
}

function readLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? []
      if (name === undefined || value === undefined)
        throw new ConfigError(`--label ${text} is not a label: write NAME=VALUE, like release=kube-prometheus-stack`)
      return [name, value]
    }),
  )
}
