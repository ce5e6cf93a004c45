import { pipeline } from 'node:stream/promises'
import type { CatalogChannel } from '@kptv/catalog'
import type { Request, Response } from 'express'
import { playerOf } from '../../direct/player-of.ts'
import type { PlayerSlots } from '../../direct/player-slots.ts'
import { openWatched } from '../../direct/watched-connection.ts'
import { clientLeft } from '../../http/client-left.ts'
import type { VodOfChannel } from '../../providers/found-files.ts'
import type { PlayableFile } from '../../providers/playable-streams.ts'
import { callerOf, priorityOf } from '../../users/caller.ts'
import type { Watching } from '../../users/watching.ts'
import { fileFields, isContinued, oneRange, statusOf, wholeFields } from './file-fields.ts'
import { KnownFiles } from './known-files.ts'

export type SendVodOptions = {
  readonly playable: (channel: Pick<CatalogChannel, 'streams'>) => PlayableFile[]
  readonly players: Pick<PlayerSlots, 'open'>
  readonly watching: Watching
}

const MAX_IF_RANGE = 200
/** A paused player that reads nothing for this long is cut; it requests the rest later. */
const PAUSED_MS = 5 * 60_000
const FIRST_BYTE = 'bytes=0-0'

/**
 * VOD is passed through with type, length and ranges of the provider, over one connection for each
 * player.
 */
export function createSendVod(options: SendVodOptions) {
  const known = new KnownFiles(() => performance.now())
  return (request: Request, response: Response, vod: VodOfChannel): Promise<void> =>
    send(request, response, vod, { ...options, known })
}

async function send(
  request: Request,
  response: Response,
  vod: VodOfChannel,
  { playable, players, watching, known }: SendVodOptions & { readonly known: KnownFiles },
): Promise<void> {
  const isHead = request.method === 'HEAD'
  const fields = isHead ? known.find(vod.id) : undefined
  if (fields !== undefined) return void response.writeHead(200, fields).end()
  const caller = callerOf(response)
  const range = isHead ? FIRST_BYTE : oneRange(request.get('range'))
  const ifRange = range === undefined ? undefined : request.get('if-range')?.slice(0, MAX_IF_RANGE)
  const left = clientLeft(request, response)
  const file = await openWatched(
    response,
    {
      player: playerOf(request, caller, vod.id),
      about: { channel: vod.id, kind: 'vod' },
      priority: priorityOf(response),
      streams: playable(vod),
      isContinued: isContinued(range),
      connect: (stream, { signal, mayConnect }) => stream.openFile(signal, { range, ifRange, mayConnect }),
      left,
    },
    { players, begin: async (end) => (isHead ? UNCOUNTED : watching.begin(caller, vod.id, end)) },
  )
  if (file === undefined) return
  const whole = wholeFields(file, vod.extension)
  if (file.status !== 416) known.note(vod.id, whole)
  try {
    if (isHead) return void response.writeHead(200, whole).end()
    const status = statusOf(file, range)
    response.writeHead(status, fileFields(file, vod.extension, status))
    response.setTimeout(PAUSED_MS, () => response.destroy())
    await pipeline(file.body, response)
  } catch {
    response.destroy()
  } finally {
    await file.close()
  }
}

/** A HEAD is no stream that anyone watches. */
const UNCOUNTED = { stopped: () => undefined }
