import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { pollPeers } from './poll-peers.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function peer(listener: RequestListener): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

const says = (state: object) => peer((_request, response) => response.end(JSON.stringify(state)))
const refused = () => says({ redis: false, redisRefuses: true })

test('a node may continue if it is alone, or if Redis refuses all its peers too', async () => {
  expect(await pollPeers([])).toBe(true)
  expect(await pollPeers([await refused(), await refused()])).toBe(true)
})

test.each<[string, () => Promise<{ readonly url: string }>]>([
  ['reaches Redis', () => says({ redis: true, redisRefuses: false })],
  ['waits for Redis in vain', () => says({ redis: false, redisRefuses: false })],
  ['does not answer', () => peer(() => undefined)],
  [
    'sends us elsewhere',
    async () => {
      const { url } = await refused()
      return peer((_request, response) => response.writeHead(302, { location: `${url}/readyz` }).end())
    },
  ],
  [
    'answers without end',
    () => peer((_request, response) => void response.write(`{"redisRefuses":true,${' '.repeat(9_000)}`)),
  ],
  ['answers something else', () => peer((_request, response) => response.end('<html>'))],
])('one peer that %s is enough to stop it', async (_, other) => {
  expect(await pollPeers([await refused(), await other()])).toBe(false)
})

test('a peer whose port is closed is gone, so it takes over nothing', async () => {
  const gone = await refused()
  await new Promise((resolve) => gone.server.close(resolve))
  expect(await pollPeers([await refused(), gone])).toBe(true)
})
