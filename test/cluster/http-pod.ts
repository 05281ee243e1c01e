// The smallest pod that serves HTTP: a few lines of Node that answer with its name, and turn unready, or fail all but that check, on demand.
export const HTTP_PORT = 8080

/** What it logs when it gets SIGTERM. */
export const FAREWELL = 'asked to end'

const SERVER = `
let isReady = true
let isBroken = false
const { POD_IP, POD_NAME } = process.env
const server = require('node:http').createServer(({ url }, response) => {
  if (url === '/unready' || url === '/readied') isReady = url === '/readied'
  if (url === '/broken' || url === '/mended') isBroken = url === '/broken'
  const isBad = url === '/ready' ? !isReady : url === '/' && isBroken
  response.writeHead(isBad ? 503 : 200).end(POD_NAME)
})
server.listen(${HTTP_PORT}, POD_IP)
process.on('SIGTERM', () => { console.log('${FAREWELL}'); server.close(); server.closeAllConnections() })`

/** A container that runs it; `more` adds fields or replaces them. */
export function httpContainer(more: object = {}): object {
  return {
    name: 'web',
    image: 'none',
    command: ['node', '-e', SERVER],
    ports: [{ name: 'http', containerPort: HTTP_PORT }],
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
    ...more,
  }
}

/** A pod of one container. */
export function podOf(name: string, container: object, spec: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [container], ...spec } }
}

/** A Deployment of pods that serve HTTP. */
export function httpDeployment(name: string, replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 5, containers: [httpContainer()] },
      },
    },
  }
}
