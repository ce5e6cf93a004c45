import { expect } from '@jest/globals'
import { eventually, type HlsProvider, type HlsProviderOptions, madeVariant, startHlsProvider } from '@kptv/testkit'
import type { playMedia } from './play-media.ts'

export type Player = Awaited<ReturnType<typeof playMedia>>

/** Short, so that a test sees many of them. */
export const SEGMENT_MS = 500

export const made = (bandwidth = 2_000_000, height?: number) =>
  madeVariant({
    segmentMs: SEGMENT_MS,
    gopMs: SEGMENT_MS,
    bandwidth,
    ...(height === undefined ? {} : { height }),
  })

export const startLiveHls = (more: Partial<HlsProviderOptions> = {}): Promise<HlsProvider> =>
  // Provider and reader share this process: when it is stalled, the programme must not run away.
  startHlsProvider({ segmentMs: SEGMENT_MS, variants: [made()], maxAhead: 4, ...more })

/** Waits until this much media has come out; an error of the body ends the wait, and the test. */
export async function plays(player: Player, mediaMs: number): Promise<void> {
  await eventually(`${mediaMs} ms of media`, () => player.seen.error || player.mediaMs() > mediaMs, {
    deadlineMs: 50_000,
  })
  expect(player.seen.error).toBeUndefined()
}
