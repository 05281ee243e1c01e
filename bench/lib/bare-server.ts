// The floor of any HTTP server in Node: it reads the body, and answers the same bytes to everyone. Tells its port to its parent.
import { createServer } from 'node:http'

const body = Buffer.from(process.argv[2] ?? '{}')
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : undefined)
})
process.once('disconnect', () => process.exit())
