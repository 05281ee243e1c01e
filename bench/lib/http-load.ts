// Load on an HTTP server over raw sockets, one request at a time on each, so that the server and not the client is measured.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Requests answered per second, over `ms`, by whatever listens there. Throws when an answer is not 200. */
export async function requestsPerSecond(
  port: number,
  request: string,
  { connections, ms }: { readonly connections: number; readonly ms: number },
): Promise<number> {
  const bytes = Buffer.from(request)
  const sockets: Socket[] = []
  let answered = 0
  let wrong: string | undefined
  for (let index = 0; index < connections; index++) {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    await once(socket, 'connect')
    sockets.push(socket)
  }
  for (const socket of sockets) {
    // All answers are equally long: their content and their headers are the same each time.
    let length: number | undefined
    let received = 0
    socket.on('data', (chunk: Buffer) => {
      if (length === undefined) {
        if (chunk.toString('latin1', 9, 12) !== '200') wrong ??= chunk.toString('latin1')
        length = chunk.length
      }
      received += chunk.length
      if (received < length) return
      received -= length
      answered += 1
      socket.write(bytes)
    })
    socket.write(bytes)
  }
  await new Promise((resolve) => setTimeout(resolve, ms / 4))
  const [from, startedAt] = [answered, performance.now()]
  await new Promise((resolve) => setTimeout(resolve, ms))
  const rate = ((answered - from) / (performance.now() - startedAt)) * 1000
  for (const socket of sockets) socket.destroy()
  if (wrong !== undefined) throw new Error(`the server on port ${port} answered ${wrong}`)
  return rate
}
