import { setTimeout as sleep } from 'node:timers/promises'
import { upstreamError } from '../upstream-error.ts'
import type { HlsSession } from './hls-session.ts'
import { type FoundMedia, findAgain } from './hls-source.ts'
import { createRendition } from './rendition.ts'
import type { SegmentPiece } from './segment-piece.ts'

/**
 * The segments of a stream, one after the other, for as long as it lasts. Requests follow one another.
 *
 * @throws UpstreamError when there is nothing more to be had
 */
export async function* readHls({ media }: FoundMedia, session: HlsSession): AsyncGenerator<SegmentPiece> {
  const { request, requests, onTarget } = session
  const restart = async (): Promise<void> => rendition.take((await findAgain(session, { hasSound: false })).media)
  const rendition = createRendition(media, { requests, restart, onTarget })
  for (;;) {
    const step = rendition.next()
    if ('inMs' in step && step.inMs > 0) await sleep(step.inMs, undefined, { signal: request.signal })
    if (step.do === 'end' && rendition.isFilm) throw upstreamError('hls-finished', request.url)
    if (step.do === 'end') return
    yield* rendition.carryOut(step)
  }
}
