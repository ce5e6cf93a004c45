import { encodeMedia, encodeTick } from './message-format.ts'
import type { RelayWindow, WindowEntry } from './relay-window.ts'
import type { RelayRequest } from './request-format.ts'

/** Simultaneous answers: more would compete with live media, fewer would make a backlog slow. */
const ANSWERS_IN_FLIGHT = 4

type AnswerSource = {
  readonly term: number
  readonly window: RelayWindow
  /** The highest sequence. */
  latest(): number
  isFlowing(): boolean
  isClosed(): boolean
  /** Resolves even when the message could not be sent. */
  send(message: Buffer): Promise<void>
}

/**
 * Sends what a request asks for: the wanted messages if all are still there; otherwise the newest
 * join point and all that follows; otherwise word that there is none. If the follower has
 * everything: a tick.
 *
 * @returns how many messages with media were sent
 */
export async function answerRequest(request: RelayRequest, source: AnswerSource): Promise<number> {
  const { term, window, isFlowing } = source
  const encodeRepair = ({ packets, ...entry }: WindowEntry, isStart = false): Buffer =>
    encodeMedia({ kind: 'repair', term, isFlowing: isFlowing(), isStart, ...entry }, [packets])
  const latest = source.latest()
  if (request.from > latest) {
    await source.send(encodeTick({ term, sequence: latest, isFlowing: isFlowing() }))
    return 0
  }
  const isHere = request.from > 0 && window.get(request.from) !== undefined
  const start = isHere ? undefined : window.newestJoinPoint()
  if (!isHere && start === undefined) {
    await source.send(encodeRepair({ sequence: latest, packets: Buffer.alloc(0), joinPoints: [] }))
    return 0
  }
  const first = start?.entry.sequence ?? request.from
  // From a join point on the follower needs everything: it skips what it had held back before that.
  const last = start === undefined ? Math.min(request.to, latest) : latest
  const inFlight: Promise<void>[] = []
  let sent = 0
  for (let sequence = first; sequence <= last && !source.isClosed(); sequence++) {
    const entry = window.get(sequence)
    // The window has moved on meanwhile: the follower notices, and requests again.
    if (entry === undefined) break
    const isStart = start !== undefined && sequence === first
    inFlight.push(source.send(encodeRepair(isStart ? cutAt(entry, start.offset) : entry, isStart)))
    sent++
    if (inFlight.length >= ANSWERS_IN_FLIGHT) await inFlight.shift()
  }
  await Promise.all(inFlight)
  return sent
}

function cutAt(entry: WindowEntry, offset: number): WindowEntry {
  return {
    ...entry,
    packets: entry.packets.subarray(offset),
    joinPoints: entry.joinPoints.filter((joinPoint) => joinPoint >= offset).map((joinPoint) => joinPoint - offset),
  }
}
