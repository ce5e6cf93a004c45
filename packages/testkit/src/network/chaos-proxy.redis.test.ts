import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { eventually } from '../eventually.ts'
import { type ChaosProxy, startChaosProxy } from './chaos-proxy.ts'

let target: Server
let targetSockets: Socket[]
let link: ChaosProxy

// The target answers what it gets.
beforeEach(async () => {
  targetSockets = []
  target = createServer((socket) => {
    targetSockets.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  link = await startChaosProxy({ targetPort: (target.address() as AddressInfo).port })
})
afterEach(async () => {
  await link.stop()
  target.close()
  for (const socket of targetSockets) socket.destroy()
})

type Client = { readonly socket: Socket; readonly received: () => string; readonly ended: () => string | undefined }

async function connectClient(): Promise<Client> {
  const socket = connect(link.port, '127.0.0.1')
  let received = ''
  let ended: string | undefined
  socket.on('data', (bytes) => {
    received += bytes
  })
  socket.on('end', () => {
    ended ??= 'end'
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ended ??= error.code
  })
  await once(socket, 'connect')
  return { socket, received: () => received, ended: () => ended }
}
const got = (client: Client, text: string) => eventually(`the client has ${text}`, () => client.received() === text)

test('passes everything on by default, including the end', async () => {
  const client = await connectClient()
  client.socket.end('hello')
  await got(client, 'hello')
  await eventually('the end comes', () => client.ended() === 'end')
  await eventually('the link is empty', () => link.openConnections() === 0)
  expect(link.connectionsSeen()).toBe(1)
})

test('delays, with jitter, and never reorders', async () => {
  link.set({ delayMs: 100, jitterMs: 50 })
  const client = await connectClient()
  const sentAtMs = performance.now()
  const numbers = Array.from({ length: 50 }, (_, index) => `${index};`)
  for (const number of numbers) {
    client.socket.write(number)
    await sleep(1)
  }
  await got(client, numbers.join(''))
  // There and back, at the least delay.
  expect(performance.now() - sentAtMs).toBeGreaterThan(100)
})

test('limits the bandwidth', async () => {
  link.set({ bytesPerSecond: 100_000 })
  const client = await connectClient()
  const startedAtMs = performance.now()
  client.socket.write(Buffer.alloc(50_000, 'x'))
  await eventually('all came through', () => client.received().length === 50_000)
  expect(performance.now() - startedAtMs).toBeGreaterThan(400)
})

test('cuts data into small pieces', async () => {
  link.set({ sliceBytes: 1 })
  const client = await connectClient()
  client.socket.write('hello')
  await got(client, 'hello')
})

test.each(['to-target', 'to-client', 'both'] as const)(
  'a black hole %s keeps what was sent until it heals',
  async (blackHole) => {
    const client = await connectClient()
    client.socket.write('a')
    await got(client, 'a')
    let reachedTarget = ''
    targetSockets[0]!.on('data', (bytes) => {
      reachedTarget += bytes
    })
    link.set({ blackHole })
    client.socket.end('b')
    await sleep(200)
    expect([client.received(), client.ended()]).toEqual(['a', undefined])
    if (blackHole === 'to-client') await eventually('it reaches the target', () => reachedTarget === 'b')
    else expect(reachedTarget).toBe('')
    link.heal()
    await got(client, 'ab')
    await eventually('the end comes', () => client.ended() === 'end')
  },
)

test('refuses new connections, keeps old ones, and lets in again', async () => {
  const old = await connectClient()
  link.set({ refuse: true })
  await expect(connectClient()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  old.socket.write('still here')
  await got(old, 'still here')
  link.heal()
  await connectClient()
})

test('resets both ends', async () => {
  const client = await connectClient()
  client.socket.write('a')
  await got(client, 'a')
  expect(link.reset()).toBe(1)
  await eventually('the client is reset', () => client.ended() === 'ECONNRESET')
  await eventually('the target is reset', () => targetSockets[0]!.destroyed)
})

test('passes on the end slowly', async () => {
  link.set({ slowCloseMs: 300 })
  const client = await connectClient()
  client.socket.write('a')
  await got(client, 'a')
  const endedAtMs = performance.now()
  targetSockets[0]!.end()
  await eventually('the end comes', () => client.ended() === 'end')
  expect(performance.now() - endedAtMs).toBeGreaterThan(250)
})

test('passes on a reset, and a refused connection to the target', async () => {
  const client = await connectClient()
  client.socket.write('a')
  await got(client, 'a')
  targetSockets[0]!.resetAndDestroy()
  await eventually('the client is reset', () => client.ended() === 'ECONNRESET')
  target.close()
  const late = await connectClient()
  await eventually('the late client is reset', () => late.ended() === 'ECONNRESET')
})
