// The smallest pod that serves HTTP: one line of Node that answers with its name.
export const HTTP_PORT = 8080

const SERVER = `
const { POD_IP, POD_NAME } = process.env
const server = require('node:http').createServer((_, response) => response.end(POD_NAME))
server.listen(${HTTP_PORT}, POD_IP)
process.on('SIGTERM', () => { console.log('asked to end'); server.close(); server.closeAllConnections() })`

/** A Deployment of such pods. `container` adds to or replaces fields of its container. */
export function httpDeployment(name: string, replicas: number, container: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'web',
              image: 'none',
              command: ['node', '-e', SERVER],
              ports: [{ name: 'http', containerPort: HTTP_PORT }],
              readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
              ...container,
            },
          ],
        },
      },
    },
  }
}
