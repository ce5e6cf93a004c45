/**
 * `node bench/bare-pipe.ts`: the minimum cost of any proxy in Node. Each client gets its own
 * connection to `SOURCE_PORT`, and received bytes are written on unchanged from one read buffer per
 * client: nothing is shared or inspected.
 */
import { type AddressInfo, connect, createServer } from 'node:net'

const READ_BYTES = 64 * 1024

const server = createServer({ noDelay: true }, (client) => {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const source = connect({
    port: Number(process.env.SOURCE_PORT),
    host: '127.0.0.1',
    onread: {
      buffer,
      callback: (bytes) => {
        // The next read waits until the kernel has taken these bytes, which stay in the buffer
        // until then.
        client.write(buffer.subarray(0, bytes), () => source.resume())
        return false
      },
    },
  })
  client.on('data', (request) => source.write(request))
  for (const [one, other] of [
    [client, source],
    [source, client],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'bare program is ready', port: (server.address() as AddressInfo).port }))
})
