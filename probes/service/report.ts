// What a health endpoint prints, in the words of the Kubernetes API server: a line a check, and the sum of them.

export interface ReportOptions {
  /** Checks that were not asked. */
  readonly excluded: ReadonlySet<string>
  readonly isVerbose: boolean
}

export interface Report {
  readonly isOk: boolean
  readonly text: string
}

/** `results`: by name of the check, what is wrong; undefined when it is well. A failure is always verbose. */
export function reportOf(
  path: string,
  results: Iterable<readonly [name: string, problem: string | undefined]>,
  { excluded, isVerbose }: ReportOptions,
): Report {
  const lines: string[] = []
  let isOk = true
  for (const [name, problem] of results) {
    if (excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`)
      continue
    }
    isOk &&= problem === undefined
    lines.push(problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`)
  }
  if (!isOk) return { isOk, text: `${lines.join('\n')}\n${path} check failed\n` }
  const above = lines.map((line) => `${line}\n`).join('')
  return { isOk, text: isVerbose ? `${above}${path} check passed\n` : 'ok' }
}
