import type { MediaFormat } from '@kptv/contract'
import { readMediaFacts } from '@kptv/mpegts'
import type { ChannelSession } from '../../sessions/channel-session.ts'

type FormatSource = {
  readonly stream: Pick<NonNullable<ChannelSession['stream']>, 'streamId'> | undefined
  readonly ring: Pick<ChannelSession['ring'], 'readFromNewestJoinPoint'>
}
type Known = { readonly format: MediaFormat; readonly stream: string | undefined; readonly atMs: number }

/** A stream may change its format, as between a programme and its advertisements. */
const KEEP_MS = 10_000
/** Tables and parameter sets lie at the start. */
const MAX_BYTES = 64 * 1024

/** @returns what the newest media of a session says of itself, read now and then */
export function createFormatReader(): (session: FormatSource, nowMs: number) => MediaFormat | null {
  const known = new WeakMap<FormatSource, Known>()
  return (session, nowMs) => {
    const stream = session.stream?.streamId
    const last = known.get(session)
    if (last !== undefined && last.stream === stream && nowMs - last.atMs < KEEP_MS) return last.format
    const format = readFormat(session.ring.readFromNewestJoinPoint())
    if (format !== null) known.set(session, { format, stream, atMs: nowMs })
    return format
  }
}

function readFormat(media: readonly Buffer[]): MediaFormat | null {
  const head: Buffer[] = []
  for (let index = 0, length = 0; index < media.length && length < MAX_BYTES; index += 1) {
    const bytes = media[index]!.subarray(0, MAX_BYTES - length)
    head.push(bytes)
    length += bytes.length
  }
  const facts = readMediaFacts(Buffer.concat(head))
  if (facts === undefined) return null
  const { codecs = null, width = null, height = null, framesPerSecond = null } = facts
  return { codecs, width, height, framesPerSecond }
}
