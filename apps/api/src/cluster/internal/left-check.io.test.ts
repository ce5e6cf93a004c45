import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import type { NodeRecord } from '@kptv/coordination'
import { eventually } from '@kptv/testkit'
import { type InternalPort, openInternalPort } from './internal-port.ts'
import { createLeftCheck } from './left-check.ts'

const slot = { incarnation: 'a1', slotId: 's1', accountId: 'acc', channelId: 'c1' }
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

// Both sides run in this process: on a busy machine its own answer may take long, and only a hang
// shall end the wait.
const PATIENT_MS = 30_000

const ask = (internalUrl: string | undefined, answerMs = PATIENT_MS) => {
  const record =
    internalUrl === undefined ? undefined : ({ node: 'other', internalUrl, internalKey: 'k1' } as NodeRecord)
  return createLeftCheck(silent as never, answerMs)(slot, record)
}

async function port(options: { readonly host?: string } = {}): Promise<InternalPort> {
  const opened = await openInternalPort({ host: options.host, port: 0, localAddress: '127.0.0.1' })
  open.push(opened)
  return opened
}

async function stranger(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each([true, false])('an answer from that very process counts: %s', async (left) => {
  const { url, answerFor } = await port()
  answerFor({ key: 'k1', hasLeft: ({ slotId }) => slotId === 's1' && left })
  expect(await ask(url)).toBe(left)
})

test('listens on the configured address, and publishes it', async () => {
  const { url, answerFor } = await port({ host: 'localhost' })
  expect(url).toMatch(/^http:\/\/localhost:\d+$/)
  answerFor({ key: 'k1', hasLeft: () => true })
  expect(await ask(url)).toBe(true)
})

test.each<[string, () => Promise<string | undefined>]>([
  ['it is not known', async () => undefined],
  ['it has no internal port', async () => ''],
  ['its address is none', async () => 'nonsense'],
  ['it has not begun to answer', async () => (await port()).url],
  [
    'another one has its place',
    async () => {
      const { url, answerFor } = await port()
      answerFor({ key: 'k2', hasLeft: () => true })
      return url
    },
  ],
  [
    'nobody listens there',
    async () => {
      const gone = await port()
      await gone[Symbol.asyncDispose]()
      return gone.url
    },
  ],
  ['something else says yes', () => stranger((_request, response) => response.end('{"left":true,"proof":""}'))],
  [
    'it sends somebody elsewhere',
    () => stranger((_request, response) => response.writeHead(302, { location: '/' }).end()),
  ],
  [
    'its answer has no end',
    () => stranger((_request, response) => void response.writeHead(200).write('x'.repeat(9000))),
  ],
])('there is no proof when %s', async (_, address) => {
  expect(await ask(await address())).toBe(false)
})

test('there is no proof when the answer comes too late', async () => {
  expect(await ask(await stranger(() => undefined), 50)).toBe(false)
})

test('drops a client that sends nothing, so that others can ask', async () => {
  const { url } = await port()
  const mute = connect(Number(new URL(url).port), '127.0.0.1')
  let isOver = false
  mute.on('error', () => {})
  mute.resume().once('close', () => {
    isOver = true
  })
  await eventually('it is let go', () => isOver)
}, 30_000)

test('the internal port answers no other request', async () => {
  const { url, answerFor } = await port()
  answerFor({ key: 'k1', hasLeft: () => true })
  for (const path of ['/', '/slot/left', '/status', '/slot/left?slotId=s1&proof=x']) {
    const response = await fetch(`${url}${path}`)
    expect([response.status, await response.text()]).toEqual([404, ''])
  }
  expect((await fetch(`${url}/slot/left`, { method: 'POST', body: 'x' })).status).toBe(404)
})
