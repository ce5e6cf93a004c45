import { setTimeout as sleep } from 'node:timers/promises'
import { expect, jest, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { made, type Player, plays, startLiveHls } from '../test-support/live-hls.ts'
import { playMedia } from '../test-support/play-media.ts'
import { startProvider } from '../test-support/start-provider.ts'

jest.setTimeout(60_000)

const codeOf = (player: Player) =>
  eventually('it fails', () => (player.seen.error as { readonly code?: string } | undefined)?.code, {
    deadlineMs: 30_000,
  })

test.concurrent.each([
  ['in time', 2_000, undefined],
  ['never', 100, 'idle-timeout'],
] as const)('U07: after the header the first byte arrives %s', async (_, firstByteMs, code) => {
  const byteAfterMs = code === undefined ? 50 : undefined
  await using provider = await startProvider((_request, socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    if (byteAfterMs !== undefined) setTimeout(() => socket.write(Buffer.alloc(188, 0x47)), byteAfterMs)
  })
  await using player = await playMedia(provider.url('/1'), { firstByteMs })
  // The limit applies to the first byte alone: later bytes are not limited here.
  if (code === undefined) await sleep(firstByteMs + 500)
  else expect(await codeOf(player)).toBe(code)
  expect((player.seen.error as { readonly code?: string } | undefined)?.code).toBe(code)
})

test.concurrent('H06: single segments that are missing, refused, empty or a page cost a splice each, not the viewer', async () => {
  const variant = made()
  const broken = {
    ...variant,
    segment: (number: number) =>
      number % 12 === 3 ? Buffer.from('<html>') : number % 12 === 6 ? Buffer.alloc(0) : variant.segment(number),
  }
  await using provider = await startLiveHls({ variants: [broken] })
  const statuses = new Map([
    [0, 404],
    [9, 403],
  ])
  provider.setFaults({ segmentStatus: (number) => statuses.get(number % 12) })
  await using player = await playMedia(provider.url)
  await plays(player, 5_000)
  expect(player.report().problems).toEqual([])
  expect(player.seen.inputs).toBeGreaterThan(1)
})

test.concurrent('H06: missing segments end the attempt once the available media has been played', async () => {
  await using provider = await startLiveHls()
  await using player = await playMedia(provider.url)
  await plays(player, 2_000)
  provider.setFaults({ segmentStatus: () => 404 })
  expect(await codeOf(player)).toBe('hls-segments-missing')
  expect(player.report().problems).toEqual([])
})

test.concurrent('H04: another numbering, and late servers, lose nothing and send nothing twice', async () => {
  await using provider = await startLiveHls()
  await using player = await playMedia(provider.url)
  for (const [faults, mediaMs] of [
    [{ sequenceShift: -5 }, 3_000],
    [{ sequenceShift: 100_000 }, 4_500],
    [{ sequenceShift: 100_000, lagSegments: 2 }, 5_500],
    [{}, 7_000],
  ] as const) {
    provider.setFaults(faults)
    await plays(player, mediaMs)
  }
  const { problems, sequence } = player.report()
  expect([problems, sequence.lost, player.seen.inputs]).toEqual([[], 0, 1])
})

test.concurrent('a segment that is cut off is requested again, and resumes where it was', async () => {
  await using provider = await startLiveHls({ encryption: { iv: 'sequence', segmentsPerKey: 4 } })
  provider.setFaults({ cutAfterBytes: (number) => (number % 3 === 0 ? 60_000 : undefined) })
  await using player = await playMedia(provider.url)
  await plays(player, 3_000)
  const { problems, sequence } = player.report()
  expect([problems, sequence.lost, player.seen.inputs]).toEqual([[], 0, 1])
})

test.concurrent('a playlist that does not grow is a stall; the available media is played first', async () => {
  await using provider = await startLiveHls()
  await using player = await playMedia(provider.url)
  await plays(player, 2_000)
  provider.setFaults({ isFrozen: true })
  expect(await codeOf(player)).toBe('hls-stalled')
})

test.concurrent('H11: the end of a playlist is a clean end', async () => {
  await using provider = await startLiveHls()
  await using player = await playMedia(provider.url)
  await plays(player, 1_000)
  provider.setFaults({ isEnded: true })
  await eventually('it ends', () => player.seen.ended)
  expect(player.seen.error).toBeUndefined()
  await eventually('its sockets are closed', () => provider.truth().openSockets === 0)
})

test.concurrent('a server that ignores ranges sends more than is played', async () => {
  await using provider = await startLiveHls({ byteRanges: true })
  provider.setFaults({ ignoresRanges: true })
  await using player = await playMedia(provider.url)
  await plays(player, 1_200)
  expect(player.report().problems).toEqual([])
})
