// Plain TCP for the fetcher, read into one buffer that all connections share.
import { connect as connectSocket, type Socket } from 'node:net'
import type { buildConnector } from 'undici'

const READ_BUFFER_BYTES = 256 * 1024

/**
 * A connector for undici's Client. Node allocates 64 KB anew for each read of a socket, outside of its heap: at a thousand
 * scrapes a second that alone brings a full garbage collection every second, which costs more than the scrapes. What is
 * read here is consumed before the next read of any socket (in the tick that follows), so that one buffer does for all.
 */
export function createSharedBufferConnector(): buildConnector.connector {
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES)
  return ({ hostname, port }, callback) => {
    const socket: Socket = connectSocket({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port || 80),
      noDelay: true,
      keepAlive: true,
      onread: {
        buffer,
        callback: (length) => {
          socket.push(buffer.subarray(0, length))
          return true
        },
      },
    })
    let settled = false
    socket
      .once('connect', () => {
        settled = true
        callback(null, socket)
      })
      .on('error', (error) => {
        if (settled) return
        settled = true
        callback(error, null)
      })
    return socket
  }
}
