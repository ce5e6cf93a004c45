import { escapeXml } from './entities.ts'
import type { GuideWindow } from './merge-programmes.ts'
import type { Programme } from './model.ts'

/** Length of one block; players show a few of them side by side. */
const BLOCK_MS = 4 * 60 * 60_000

/**
 * Programmes for a channel without any, so that players show the channel in their guide: blocks of
 * four hours, aligned with the clock so that they stay the same from build to build.
 *
 * @param title The channel's name, or what a name of an event channel says of the event.
 */
export function fillSchedule(title: string, { fromMs, toMs }: GuideWindow): Programme[] {
  const blocks: Programme[] = []
  const body = `<title>${escapeXml(title)}</title>`
  for (let startMs = Math.floor(fromMs / BLOCK_MS) * BLOCK_MS; startMs < toMs; startMs += BLOCK_MS) {
    blocks.push({ startMs, stopMs: startMs + BLOCK_MS, body })
  }
  return blocks
}
