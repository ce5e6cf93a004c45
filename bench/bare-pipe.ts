/**
 * `node bench/bare-pipe.ts`: the least that any proxy costs in Node. Each client gets a connection
 * of its own to `SOURCE_PORT`, and what comes is written on as it is, from one reading buffer for
 * each: nothing is shared, nothing is looked into.
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
        // The next read waits until the kernel has these bytes, which are in the buffer till then.
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
