// Stands in front of a server, as the network does: stopped by SIGSTOP, with its queue filled, it is a network that is cut.
import { createServer, connect as open, type Socket } from 'node:net'

const [listenHost = '', listenPort = '', targetHost = '', targetPort = ''] = process.argv.slice(2)

createServer({ allowHalfOpen: true }, (near) => {
  const far = open({ host: targetHost, port: Number(targetPort), allowHalfOpen: true })
  join(near, far)
  join(far, near)
}).listen({ host: listenHost, port: Number(listenPort), backlog: 8 })

function join(from: Socket, to: Socket): void {
  from.setNoDelay(true)
  from.pipe(to)
  from.on('error', () => to.resetAndDestroy())
}
