import type { ErrorCode } from '@kptv/contract'
import type { Response } from 'express'
import { sendError } from '../http/error-response.ts'
import type { PlayableStream } from '../providers/playable-streams.ts'
import type { DirectConnection, DirectRequest } from './direct-request.ts'
import type { PlayerSlots } from './player-slots.ts'

/** Counts one more stream of the caller; calls `end` when it must end although the client stays. */
type BeginWatching = (
  end: (reason: ErrorCode) => void,
) => Promise<{ readonly stopped: () => void } | { readonly refused: ErrorCode }>

/**
 * The connection of a player whose user may have one more stream; otherwise the response is sent,
 * or nobody waits for it any more.
 */
export async function openWatched<Stream extends PlayableStream, Connection extends DirectConnection>(
  response: Response,
  request: DirectRequest<Stream, Connection>,
  { players, begin }: { readonly players: Pick<PlayerSlots, 'open'>; readonly begin: BeginWatching },
): Promise<Connection | undefined> {
  const { left } = request
  const watched = await begin((code) => sendError(response, code))
  if ('refused' in watched) return void sendError(response, watched.refused)
  left.addEventListener('abort', watched.stopped)
  if (left.aborted) return void watched.stopped()
  const opened = await players.open(request)
  if ('refused' in opened) {
    const { refused } = opened
    return void (refused === 'left' || left.aborted ? response.destroy() : sendError(response, refused))
  }
  if (!left.aborted && !response.headersSent) return opened.connection
  await opened.connection.close()
  return undefined
}
