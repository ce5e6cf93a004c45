import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { startChaosProxyThread } from '../network/chaos-proxy-thread.ts'
import { isPortOpen } from '../process/free-port.ts'
import { startFakeProviderThread } from '../provider/fake-provider-thread.ts'

test('an object in another thread has the same facts and methods, and answers at once', async () => {
  await using provider = await startFakeProviderThread({ sourceId: 'elsewhere' })
  expect(provider.playlistUrl()).toBe(`${provider.url}/get.php?username=user&password=pass&type=m3u_plus&output=ts`)
  expect(await (await fetch(provider.playlistUrl())).text()).toContain('Channel 1')
  expect(provider.truth()).toMatchObject({ playlistFetches: 1, openStreams: 0 })
  provider.setFaults({ refuseConnections: true })
  expect(await isPortOpen(provider.port)).toBe(false)
  provider.clearFaults()
  expect(await isPortOpen(provider.port)).toBe(true)
})

test('it works while this thread is busy', async () => {
  await using provider = await startFakeProviderThread()
  const response = await fetch(provider.streamUrl('101'))
  const untilMs = performance.now() + 1_500
  while (performance.now() < untilMs);
  // Its own clock made these meanwhile: the burst alone is one second of media.
  expect(provider.truth().mediaBytes).toBeGreaterThan(0)
  const before = provider.truth().mediaBytes
  const laterMs = performance.now() + 1_000
  while (performance.now() < laterMs);
  expect(provider.truth().mediaBytes).toBeGreaterThan(before)
  await response.body?.cancel()
})

test('its errors are thrown here, at the start and later', async () => {
  await using provider = await startFakeProviderThread()
  expect(() => provider.playlistUrl('nobody')).toThrow('The fake provider has no such account')
  await expect(startFakeProviderThread({ port: provider.port })).rejects.toThrow('EADDRINUSE')
})

test('holds nothing once stopped', async () => {
  const server = createServer((socket) => {
    // A client that only tries the port closes it with unread bytes: a reset here.
    socket.on('error', () => socket.destroy())
    socket.end('hello')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const link = await startChaosProxyThread({ targetPort: (server.address() as { readonly port: number }).port })
  expect(await isPortOpen(link.port)).toBe(true)
  link.set({ refuse: true })
  expect(await isPortOpen(link.port)).toBe(false)
  link.heal()
  expect(await isPortOpen(link.port)).toBe(true)
  await link.stop()
  expect(await isPortOpen(link.port)).toBe(false)
  server.close()
})
