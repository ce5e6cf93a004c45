import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { eventually } from '../eventually.ts'
import { openViewer, openViewers } from '../network/viewers.ts'
import { type FakeProvider, startFakeProvider } from './fake-provider.ts'
import { startFakeProviderProcess } from './fake-provider-process.ts'
import type { LimitPolicy } from './provider-options.ts'

const accounts = [
  { user: 'first', password: 'p/1', limit: 2 },
  { user: 'second', password: 'p2', limit: 2 },
]
const entries = [
  {
    streamId: '1',
    name: 'One',
    attributes: [
      ['tvg-id', 'one'],
      ['group-title', 'News'],
    ] as const,
  },
  { streamId: '2', name: 'Two' },
]

let provider: FakeProvider
beforeEach(async () => {
  provider = await startFakeProvider({ sourceId: 's1', accounts, entries })
})
afterEach(() => provider.stop())

const allClosed = () => eventually('the provider has no open stream', () => provider.truth().openStreams === 0)

describe('content', () => {
  test("a playlist with an account's entries, and 403 for others", async () => {
    const text = await (await fetch(provider.playlistUrl())).text()
    expect(text.split('\n').slice(0, 3)).toEqual([
      '#EXTM3U',
      '#EXTINF:-1 tvg-id="one" group-title="News",One',
      `${provider.url}/live/first/p%2F1/1.ts`,
    ])
    expect((await fetch(`${provider.url}/get.php?username=first&password=wrong`)).status).toBe(403)
    expect((await fetch(`${provider.url}/live/first/wrong/1.ts`)).status).toBe(403)
    expect((await fetch(`${provider.url}/nothing`)).status).toBe(404)
    expect(provider.truth()).toMatchObject({ playlistFetches: 1, attempts: [] })
  })

  test('a stream that starts with a burst from a key frame and is paced by a clock', async () => {
    const askedAtMs = performance.now()
    await using viewer = await openViewer(provider.streamUrl('1'))
    expect(viewer).toMatchObject({ status: 200, headers: { 'content-type': 'video/mp2t' } })
    // The burst holds 1 to 2 s of 250 kB, so 3 s of media need 1 s at least.
    await viewer.waitForBytes(760_000)
    expect(performance.now() - askedAtMs).toBeGreaterThan(800)
    expect(viewer.report()).toMatchObject({
      problems: [],
      sequence: {
        lost: 0,
        streams: [
          { sourceId: 's1', pid: 0x100 },
          { sourceId: 's1', pid: 0x101 },
        ],
      },
    })
  })

  test('several viewers of a channel get the same packets at the same time', async () => {
    const viewers = await openViewers(2, provider.streamUrl('1'))
    await Promise.all(viewers.map((viewer) => viewer.waitForBytes(400_000)))
    provider.cut('end')
    await Promise.all(viewers.map((viewer) => viewer.waitForEnd()))
    const [one, other] = viewers.map((viewer) => viewer.report().sequence.streams[0]!.lastSequence)
    expect(one).toBe(other)
  })

  test('a channel runs on without viewers', async () => {
    const first = await openViewer(provider.streamUrl('1'))
    await first.waitForBytes(100_000)
    first.close()
    await allClosed()
    await using again = await openViewer(provider.streamUrl('1'))
    await again.waitForBytes(300_000)
    expect(again.report().problems).toEqual([])
  })

  test('serves a playlist given by the test', async () => {
    provider.setPlaylist({ body: '#EXTM3U\n#EXTINF:-1,X\n{{base}}/live/{{user}}/{{password}}/9.ts\n' })
    const text = await (await fetch(provider.playlistUrl('second'))).text()
    expect(text).toContain(`${provider.url}/live/second/p2/9.ts`)
  })
})

describe('its own record', () => {
  test('counts sockets, attempts and the peak, for accounts and channels', async () => {
    const viewers = await openViewers(3, (index) => provider.streamUrl(index === 2 ? '2' : '1'))
    expect(viewers.map((viewer) => viewer.status).sort()).toEqual([200, 200, 403])
    const other = await openViewer(provider.streamUrl('1', 'second'))
    const truth = provider.truth()
    expect(truth).toMatchObject({
      openStreams: 3,
      highWaterMark: 3,
      accounts: { first: { open: 2, highWaterMark: 3, attempts: 3, opened: 2 } },
    })
    expect(truth.violations).toMatchObject([{ user: 'first', open: 2, limit: 2 }])
    expect(truth.attempts.map((attempt) => attempt.outcome).sort()).toEqual(['limit', 'opened', 'opened', 'opened'])
    for (const viewer of [...viewers, other]) viewer.close()
    await allClosed()
    provider.resetTruth()
    expect(provider.truth()).toMatchObject({ highWaterMark: 0, attempts: [], violations: [], mediaBytes: 0 })
  })

  test('a viewer that immediately follows another is not a violation', async () => {
    provider.setAccounts([{ user: 'first', password: 'p', limit: 1 }])
    for (let round = 0; round < 20; round++) {
      const viewer = await openViewer(provider.streamUrl('1'))
      expect(viewer.status).toBe(200)
      viewer.close()
      await eventually('our socket is closed', () => viewer.ended())
    }
    expect(provider.truth()).toMatchObject({ highWaterMark: 1, violations: [] })
  })

  test('records methods and headers, and answers no HEAD', async () => {
    const answer = await fetch(provider.streamUrl('1'), { method: 'HEAD', headers: { 'user-agent': 'probe/1' } })
    expect(answer.status).toBe(405)
    expect(provider.truth()).toMatchObject({
      requestsByMethod: { HEAD: 1 },
      requests: [
        { method: 'HEAD', kind: 'stream', user: 'first', streamId: '1', headers: { 'user-agent': 'probe/1' } },
      ],
      attempts: [],
    })
  })
})

describe('policies when the account is full', () => {
  const withPolicy = (policy: LimitPolicy) => provider.setAccounts([{ user: 'first', password: 'p', limit: 1, policy }])

  test('refuse, with the status given', async () => {
    withPolicy({ kind: 'refuse', status: 458, retryAfterSeconds: 7 })
    await using _first = await openViewer(provider.streamUrl('1'))
    await using second = await openViewer(provider.streamUrl('2'))
    expect(second).toMatchObject({ status: 458, headers: { 'retry-after': '7' } })
  })

  test('kick the oldest', async () => {
    withPolicy({ kind: 'kick-oldest' })
    await using first = await openViewer(provider.streamUrl('1'))
    await using second = await openViewer(provider.streamUrl('2'))
    expect(await first.waitForEnd()).toBe('broken')
    expect(second.status).toBe(200)
    expect(provider.truth()).toMatchObject({ kicks: 1, violations: [{ streamId: '2' }] })
  })

  test('a closed stream still counts for a while', async () => {
    withPolicy({ kind: 'count-lag', seconds: 5 })
    const first = await openViewer(provider.streamUrl('1'))
    first.close()
    await allClosed()
    expect((await openViewer(provider.streamUrl('1'))).status).toBe(403)
    expect(provider.truth()).toMatchObject({ lagRefusals: 1, violations: [] })
    await eventually('it is free again', async () => {
      await using viewer = await openViewer(provider.streamUrl('1'))
      return viewer.status === 200
    })
  })
})

test('as a separate process it is controlled through its control port', async () => {
  await using remote = await startFakeProviderProcess({ sourceId: 's9' })
  await using viewer = await openViewer(await remote.streamUrl('101'))
  await viewer.waitForBytes(50_000)
  expect(await remote.truth()).toMatchObject({ openStreams: 1 })
  expect(await remote.cut('end')).toBe(1)
  expect(await viewer.waitForEnd()).toBe('end')
  await remote.setFaults({ status: { code: 503 } })
  expect((await openViewer(await remote.streamUrl('101'))).status).toBe(503)
  await expect(remote.playlistUrl('nobody')).rejects.toThrow('no such account')
  expect(await remote.process.stop()).toEqual({ code: 0, signal: null })
})
