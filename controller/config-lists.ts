// Lists and labels as the values of knobs have them.

/** Reads what commas divide. */
export const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)

/** Credentials in a URL end up in logs. */
export function isPlainHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

const ALERT_LABEL = /^[a-zA-Z_]\w*$/
/** Of an object of Kubernetes, with or without a prefix. */
export const OBJECT_LABEL = /^[\w./-]+$/

/** Reads a=b,c=d. Undefined when it is not that. */
export function parseLabels(text: string, name = ALERT_LABEL): Readonly<Record<string, string>> | undefined {
  const pairs = listOf(text).map((one) => /^([^=]+)=(.+)$/.exec(one)?.slice(1) ?? [])
  if (!pairs.every(([key]) => key !== undefined && name.test(key))) return undefined
  return Object.fromEntries(pairs)
}
