import { escapeXml } from './entities.ts'
import type { ChannelEvent } from './event-of-name.ts'
import { type GuideWindow, mergeProgrammes } from './merge-programmes.ts'
import type { Programme } from './model.ts'

/** Length of one block; players show a few of them side by side. */
const BLOCK_MS = 4 * 60 * 60_000

/**
 * Programmes for a channel without any, so that players show the channel in their guide: blocks of
 * four hours with its name, aligned with the clock so that they stay the same from build to build.
 *
 * @param event What the name announces: it is shown at its time, in place of the blocks; without a
 *   time, its title is that of all blocks.
 */
export function fillSchedule(name: string, window: GuideWindow, event?: ChannelEvent): Programme[] {
  if (event === undefined) return blocksOf(name, window)
  const { title, startsMs, lengthMs } = event
  if (startsMs.length === 0) return blocksOf(title, window)
  const body = bodyOf(title)
  const events = startsMs.map((startMs) => ({ startMs, stopMs: startMs + lengthMs, body }))
  return mergeProgrammes([events, blocksOf(name, window)], window)
}

function blocksOf(title: string, { fromMs, toMs }: GuideWindow): Programme[] {
  const blocks: Programme[] = []
  const body = bodyOf(title)
  for (let startMs = Math.floor(fromMs / BLOCK_MS) * BLOCK_MS; startMs < toMs; startMs += BLOCK_MS) {
    blocks.push({ startMs, stopMs: startMs + BLOCK_MS, body })
  }
  return blocks
}

function bodyOf(title: string): string {
  return `<title>${escapeXml(title)}</title>`
}
