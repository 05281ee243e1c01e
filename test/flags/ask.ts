// Asking OFREP as a test does.
import type { Served } from './rig.ts'

export const BULK = '/ofrep/v1/evaluate/flags'

interface Asked {
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly method?: string
}

export async function ask(
  served: Served,
  path: string,
  { body = '{"context":{}}', headers = {}, method = 'POST' }: Asked = {},
) {
  const response = await fetch(`${served.baseUrl}${path}`, {
    method,
    headers,
    ...(method === 'POST' ? { body } : {}),
  })
  const text = await response.text()
  const json: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: response.status, headers: response.headers, json }
}

/** Where a bulk answer says that changes are told. */
export function eventsUri(json: unknown): string {
  const { eventStreams } = json as { eventStreams: { endpoint: { requestUri: string } }[] }
  return eventStreams[0]?.endpoint.requestUri ?? ''
}
