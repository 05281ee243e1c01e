// Keeps credentials that a server repeats in its answer out of what is told of it.

/** `why`, unless it or the answer it was taken from holds one of `secrets`: then only the status. */
export function withoutSecrets(why: string, body: string, status: number, secrets: readonly string[]): string {
  const texts = [why, body, unescaped(body)]
  const isRepeated = secrets.some((secret) => texts.some((text) => text.includes(secret)))
  return isRepeated ? `HTTP ${status}: its words repeat the credentials, and are left out` : why
}

/** All texts of a JSON value, each as it is meant. */
function unescaped(body: string): string {
  const texts: string[] = []
  try {
    JSON.parse(body, (_, value: unknown) => {
      if (typeof value === 'string') texts.push(value)
      return value
    })
  } catch {
    // No JSON: then nothing in it is escaped, and nothing of it is told.
  }
  return texts.join('\n')
}
