// One Alertmanager over its v2 API: takes alerts, and says why it does not.
import { EvenkeelError, messageOf } from '../../controller/model/errors.ts'
import type { EpochMs, Milliseconds } from '../../controller/model/units.ts'
import type { Labels } from '../model.ts'

/** As the API has it; with an end in the past it is over. */
export interface PostedAlert {
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAt: EpochMs
  readonly endsAt: EpochMs
}

export interface Alertmanager {
  /** Without credentials and query, for people. */
  readonly name: string
  /** Throws AlertmanagerError. */
  post(alerts: readonly PostedAlert[], signal: AbortSignal): Promise<void>
}

class AlertmanagerError extends EvenkeelError {
  readonly code = 'ALERTMANAGER'
}

export interface AlertmanagerOptions {
  /** Base URL; a path belongs to it, as in http://mimir/alertmanager. */
  readonly url: string
  /** The whole value of the header Authorization. */
  readonly authorization?: string | undefined
  readonly timeoutMs: Milliseconds
}

export function createAlertmanager({ url, authorization, timeoutMs }: AlertmanagerOptions): Alertmanager {
  const base = url.replace(/\/+$/, '')
  const { host } = new URL(base)
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  }
  return {
    name: host,
    async post(alerts, signal) {
      const body = JSON.stringify(alerts.map(inWire))
      const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const response = await fetch(`${base}/api/v2/alerts`, {
        method: 'POST',
        headers,
        body,
        signal: until,
        // A proxy that sends elsewhere must not be given the credentials for here.
        redirect: 'manual',
      }).catch((cause: unknown) => {
        throw new AlertmanagerError(`Alertmanager ${host} does not answer: ${reasonOf(cause)}`, { cause })
      })
      const text = await response.text().catch(() => '')
      if (!response.ok)
        throw new AlertmanagerError(
          `Alertmanager ${host} refused ${alerts.length} alerts: HTTP ${response.status} ${text.trim().slice(0, 200)}`,
        )
    },
  }
}

function inWire({ labels, annotations, startsAt, endsAt }: PostedAlert) {
  return { labels, annotations, startsAt: new Date(startsAt).toISOString(), endsAt: new Date(endsAt).toISOString() }
}

/** fetch says only that it failed; why is in its cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
}
