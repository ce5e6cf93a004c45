import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Login } from '@kptv/addresses'
import { execOrThrow, type Redis } from '@kptv/redis'
import { BUCKETS, bucketName, bucketOf } from './bucket.ts'
import { compressPack, encodeEntry, type ListEntry } from './list-entry.ts'
import { createPackText, type PackText } from './pack-text.ts'

/** Packs that are sent together. */
const PACKS_PER_WRITE = 16

type WrittenList = {
  /** Number of fields that the key must have if Redis lost none. */
  readonly fields: number
  /** SHA-256 of all entries; the same list gives the same. */
  readonly contentHash: string
}

/**
 * Writes one list into a hash in Redis, in packs by bucket: field `3f:0` is the first pack of the
 * entries whose channels' ids begin with 3f; field `packs` counts them by bucket, `logins` holds
 * the accounts that the list shows. Memory does not grow with the list: a pack for each bucket at
 * most.
 */
export function createPackWriter(redis: Redis, key: string, ttlMs: number) {
  const waiting: Array<PackText | undefined> = new Array(BUCKETS).fill(undefined)
  const packs: number[] = new Array(BUCKETS).fill(0)
  const content = createHash('sha256')
  let ready: Array<[field: string, value: Buffer]> = []
  let underWay: Promise<unknown> = Promise.resolve()

  function pack(bucket: number): void {
    const text = waiting[bucket]?.take()
    if (text === undefined) return
    content.update(text)
    ready.push([`${bucketName(bucket)}:${packs[bucket]!++}`, compressPack(text)])
  }

  /**
   * Sends finished packs once the previous ones have arrived, so that parsing continues meanwhile.
   */
  async function send(): Promise<void> {
    await underWay
    const fields = ready
    ready = []
    if (fields.length === 0) return
    underWay = execOrThrow(
      redis
        .pipeline()
        .hset(key, ...fields.flat())
        .pexpire(key, ttlMs),
    )
    // The next await gets the error; until then it need not be handled.
    underWay.catch(() => {})
  }

  return {
    async write(entries: readonly ListEntry[]): Promise<void> {
      for (const entry of entries) {
        const bucket = bucketOf(entry.channelId)
        waiting[bucket] ??= createPackText()
        const text = encodeEntry(entry)
        if (waiting[bucket].add(text)) continue
        pack(bucket)
        waiting[bucket].add(text)
        if (ready.length >= PACKS_PER_WRITE) await send()
      }
    },

    async end(logins: readonly Login[]): Promise<WrittenList> {
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        pack(bucket)
        if (ready.length < PACKS_PER_WRITE) continue
        await send()
        await nextTurn()
      }
      ready.push(['packs', Buffer.from(JSON.stringify(packs))], ['logins', gzipSync(JSON.stringify(logins))])
      await send()
      await underWay
      const fields = packs.reduce((sum, count) => sum + count, 2)
      return { fields, contentHash: content.update(JSON.stringify(logins)).digest('hex') }
    },

    /** Waits for packs under way; nothing more is sent. */
    async abandon(): Promise<void> {
      ready = []
      await underWay.catch(() => {})
    },
  }
}
