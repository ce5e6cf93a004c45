import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { requestOptions } from '../../test-support/requests.ts'
import { type Relay, startRelay } from './relay.ts'

const ends = new AbortController()
let relay: Relay
let carried: Socket[] = []

afterEach(() => relay.close())

async function start(asksForToken: boolean): Promise<void> {
  carried = []
  const policy = { ...requestOptions(), signal: ends.signal }
  const carry = (client: Socket): void => {
    carried.push(client)
    client.on('data', (bytes) => client.write(`carried: ${bytes}`))
  }
  relay = await startRelay(carry, { policy, url: new URL('http://provider.example/'), asksForToken })
}

/** The answer to a client's bytes, up to the end of its connection or the first answer. */
async function answerTo(...parts: readonly string[]): Promise<string> {
  const [host, port] = relay.address.split(':')
  const socket = net.connect(Number(port), host)
  await once(socket, 'connect')
  for (const part of parts) {
    socket.write(part)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const [bytes] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown]
  socket.destroy()
  return bytes instanceof Uint8Array ? String(bytes) : 'closed'
}

test.each([
  ['no token', 'OPTIONS rtsp://127.0.0.1/ RTSP/1.0\r\n\r\n'],
  ['a wrong one', `DESCRIBE rtsp://127.0.0.1/${'0'.repeat(24)} RTSP/1.0\r\n\r\n`],
  ['a part of it', 'DESCRIBE rtsp://127.0.0.1/{part} RTSP/1.0\r\n\r\n'],
  ['it in the second line only', 'OPTIONS * RTSP/1.0\r\nX: {token}\r\n\r\n'],
  ['a first line without an end', 'x'.repeat(5_000)],
])('a stranger with %s is refused, and reaches nothing', async (_, request) => {
  await start(true)
  const text = request.replace('{token}', relay.token).replace('{part}', relay.token.slice(1))
  expect(await answerTo(text)).toBe('closed')
  expect([carried, relay.failure()]).toEqual([[], undefined])
})

test('strangers do not keep out a client that knows the token, in however many pieces it arrives', async () => {
  await start(true)
  const [host, port] = relay.address.split(':')
  const silent = Array.from({ length: 8 }, () => net.connect(Number(port), host))
  await Promise.all(silent.map((socket) => once(socket, 'connect')))
  for (let turn = 0; turn < 6; turn += 1) expect(await answerTo('GET / HTTP/1.1\r\n')).toBe('closed')
  const request = `OPTIONS rtsp://${relay.address}/${relay.token} RTSP/1.0\r\n`
  expect(await answerTo(request.slice(0, 40), request.slice(40))).toBe(`carried: ${request}`)
  expect(carried).toHaveLength(1)
  for (const socket of silent) socket.destroy()
})

test('a second connection with the token is refused while the first is open', async () => {
  await start(true)
  const request = `OPTIONS rtsp://${relay.address}/${relay.token}/track1 RTSP/1.0\r\n`
  const [host, port] = relay.address.split(':')
  const first = net.connect(Number(port), host)
  first.write(request)
  await once(first, 'data')
  expect(await answerTo(request)).toBe('closed')
  expect(carried).toHaveLength(1)
  first.destroy()
})

test('a relay that adds nothing carries the first connection from its first byte', async () => {
  await start(false)
  expect(await answerTo('\u0003handshake')).toBe('carried: \u0003handshake')
})
