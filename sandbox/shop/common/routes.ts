// Finds the route of a request: "POST /connections/:id/query" has a method and a pattern with named parts.

export interface Found<Handler> {
  readonly pattern: string
  readonly handler: Handler
  readonly parameters: Readonly<Record<string, string>>
}

export function createRouter<Handler>(routes: Readonly<Record<string, Handler>>) {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method = '', pattern = ''] = route.split(' ')
    return { method, pattern, parts: pattern.split('/'), handler }
  })
  return (method: string, path: string): Found<Handler> | undefined => {
    const parts = path.split('/')
    for (const route of table) {
      const parameters = route.method === method ? match(route.parts, parts) : undefined
      if (parameters !== undefined) return { pattern: route.pattern, handler: route.handler, parameters }
    }
    return undefined
  }
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? ''
    if (wanted.startsWith(':')) parameters[wanted.slice(1)] = part
    else if (wanted !== part) return undefined
  }
  return parameters
}
