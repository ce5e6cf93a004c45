import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'

/** The list of a channel's segments, as its leader wrote it. */
type SegmentList = {
  readonly text: string
  /** The process that wrote it, which has the segments. */
  readonly incarnation: string
}

type ReadList = SegmentList & {
  /** Of the last leader that has claimed it. */
  readonly term: number
}

type Answer = { readonly isAccepted: boolean; readonly list: SegmentList | undefined }

const noteSegments = defineScript<
  readonly [term: number, list: string, incarnation: string, lifetimeMs: number],
  Answer
>({
  file: new URL('./note-segments-1.lua', import.meta.url),
  parse(reply) {
    const [accepted, text = '', incarnation = ''] = reply as unknown[]
    return { isAccepted: accepted === 1, list: listOf(text, incarnation) }
  },
})

export type SegmentLists = ReturnType<typeof createSegmentLists>

/**
 * The lists of segments, one for each channel that is watched by HLS: written by its leader, read
 * by all nodes. Every function throws when Redis does not answer.
 */
export function createSegmentLists({
  redis,
  keys,
  lifetimeMs,
  format,
}: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** After the last write. */
  readonly lifetimeMs: number
  /** Each format of the segments has its own list. Default: MPEG-TS. */
  readonly format?: string
}) {
  const keyOf = (channelId: string): string =>
    format === undefined ? keys.channelSegments(channelId) : keys.channelFormatSegments(channelId, format)
  return {
    async read(channelId: string): Promise<ReadList | undefined> {
      const [text, incarnation, term] = await redis.hmget(keyOf(channelId), 'list', 'incarnation', 'term')
      const list = listOf(text, incarnation)
      return list && { ...list, term: Number(term) }
    },

    /** From now on former leaders cannot write. Refused if a later leader has claimed the list. */
    claim: (channelId: string, term: number): Promise<Answer> =>
      noteSegments(redis, [keyOf(channelId)], [term, '', '', lifetimeMs]),

    /** Replaces the list. @returns false if a later leader has claimed it */
    async write(channelId: string, term: number, list: SegmentList): Promise<boolean> {
      const args = [term, list.text, list.incarnation, lifetimeMs] as const
      return (await noteSegments(redis, [keyOf(channelId)], args)).isAccepted
    },

    /** Nobody watches the channel any more. */
    async remove(channelId: string): Promise<void> {
      await redis.del(keyOf(channelId))
    },

    /** Seconds since 1970 by the clock of Redis, which all nodes share. */
    async seconds(): Promise<number> {
      const [seconds] = await redis.time()
      return Number(seconds)
    },
  }
}

function listOf(text: unknown, incarnation: unknown): SegmentList | undefined {
  return typeof text === 'string' && text !== '' ? { text, incarnation: String(incarnation ?? '') } : undefined
}
