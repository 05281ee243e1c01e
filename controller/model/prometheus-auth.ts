// How a Guard says with which credentials a Prometheus is asked, and where a Secret says that these may be sent.
import { z } from 'zod'

export const PROMETHEUS_AUTH = z
  .strictObject({
    secret: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'is not the name of a Secret' })
      .meta({
        description:
          "Name of a Secret in the Guard's own namespace: of type kubernetes.io/basic-auth, or with the key token. Its annotation evenkeel.dev/prometheus-url says where it may be sent. The key ca.crt is optional: the certificates that the server's own is checked by.",
      }),
  })
  .optional()
  .meta({ description: 'Credentials that the server wants.' })

/** http or https, a host, and a path if there is one, and nothing else. */
export function isBaseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') return false
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '' && !/[?#]/.test(text)
}

/** Whether `url` is the place `allowed`, or below it. Both are base URLs; http is not https, and a port is a port. */
export function liesWithin(url: string, allowed: string): boolean {
  const [asked, base] = [new URL(url), new URL(allowed)]
  if (asked.origin !== base.origin) return false
  const prefix = base.pathname.replace(/\/+$/, '')
  const path = asked.pathname.replace(/\/+$/, '')
  if (path === prefix) return true
  // What is escaped may mean ".." or "/" to the server.
  return path.startsWith(`${prefix}/`) && !/[%\\;]|\/\//.test(path.slice(prefix.length))
}
