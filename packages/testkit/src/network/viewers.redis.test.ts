import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { eventually } from '../eventually.ts'
import { type FakeProvider, startFakeProvider } from '../provider/fake-provider.ts'
import { openViewer, openViewers } from './viewers.ts'

let provider: FakeProvider
beforeEach(async () => {
  provider = await startFakeProvider({ accounts: [{ user: 'u', password: 'p', limit: 50 }] })
})
afterEach(() => provider.stop())

test('checks each of many fast viewers', async () => {
  const viewers = await openViewers(20, provider.streamUrl('101'))
  await Promise.all(viewers.map((viewer) => viewer.waitForBytes(300_000)))
  for (const viewer of viewers) {
    expect(viewer.status).toBe(200)
    expect(viewer.report().problems).toEqual([])
    expect(viewer.report().arrival.latencyMs!.p50).toBeGreaterThan(0)
    viewer.close()
    expect(viewer.ended()).toBe('closed')
  }
  await eventually('the provider has no open stream', () => provider.truth().openStreams === 0)
})

test('a slow viewer reads at its pace and a stopped one reads nothing, until they are changed', async () => {
  const openedAtMs = performance.now()
  await using slow = await openViewer(provider.streamUrl('101'), { pace: { bytesPerSecond: 50_000 } })
  await using stopped = await openViewer(provider.streamUrl('101'), { pace: 'stopped' })
  await slow.waitForBytes(50_000)
  expect(performance.now() - openedAtMs).toBeGreaterThan(800)
  expect(stopped.bytes()).toBe(0)
  slow.setPace('fast')
  stopped.setPace('fast')
  await Promise.all([slow.waitForBytes(400_000), stopped.waitForBytes(400_000)])
  expect(slow.report().problems).toEqual([])
  expect(stopped.report().problems).toEqual([])
})

test('waiting for bytes fails when the response ends', async () => {
  await using viewer = await openViewer(provider.streamUrl('101'))
  provider.cut('end')
  await expect(viewer.waitForBytes(100_000_000)).rejects.toThrow(/ended \(end\)/)
})

test('many viewers fail together, and leave nothing open', async () => {
  const nowhere = 'http://127.0.0.1:1/stream'
  const urls = [provider.streamUrl('101'), nowhere]
  await expect(openViewers(2, (index) => urls[index]!)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await eventually('the provider has no open stream', () => provider.truth().openStreams === 0)
})

test('fails when there is no answer in time', async () => {
  provider.setFaults({ firstByteDelayMs: 5_000 })
  await expect(openViewer(provider.streamUrl('101'), { deadlineMs: 100 })).rejects.toThrow('No answer within 100 ms')
})
