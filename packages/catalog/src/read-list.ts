import { gunzipSync } from 'node:zlib'
import type { Login } from '@kptv/addresses'
import type { Redis } from '@kptv/redis'
import { BUCKETS, bucketName } from './bucket.ts'
import { decodePack, type ListEntry } from './list-entry.ts'
import { parseJson } from './record-format.ts'

export type OpenList = {
  /** Accounts that the list shows in its addresses: secret. */
  readonly logins: readonly Login[]
  /** The entries of one bucket in the order of the list, a pack at a time. */
  bucket(bucket: number): AsyncGenerator<ListEntry[]>
}

/**
 * Opens a list for reading by bucket; see `createPackWriter`.
 *
 * @throws an error with the code `LIST_UNREADABLE`, here and while iterating, when the list is
 * missing, has expired under the reader or holds something foreign: it must be imported again. All
 * other errors come from Redis.
 */
export async function openList(redis: Redis, key: string, name: string): Promise<OpenList> {
  const unreadable = (why: string) => Object.assign(new Error(`${name} ${why}`), { code: 'LIST_UNREADABLE' })
  const head = await orUndefined(redis.hmgetBuffer(key, 'packs', 'logins'))
  const packs = parseJson(head?.[0]?.toString())
  const logins = decodeLogins(head?.[1])
  if (head?.[0] === null) throw unreadable('is not there')
  if (!isCounts(packs) || !logins) throw unreadable('holds something foreign')
  const counts = packs

  async function* readBucket(bucket: number): AsyncGenerator<ListEntry[]> {
    const total = counts[bucket] ?? 0
    let next = readPacks(bucket, 0)
    for (let index = 0; index < total; index += PACKS_PER_READ) {
      const packs = await next
      // Read ahead while the caller works on the present packs.
      next = readPacks(bucket, index + PACKS_PER_READ)
      next.catch(() => {})
      for (const pack of packs) {
        if (pack === null) throw unreadable('has expired while it was read')
        const entries = decodePack(pack)
        if (!entries) throw unreadable('holds something foreign')
        yield entries
      }
    }
  }

  async function readPacks(bucket: number, from: number): Promise<Array<Buffer | null>> {
    const count = Math.min(PACKS_PER_READ, (counts[bucket] ?? 0) - from)
    if (count <= 0) return []
    const fields = Array.from({ length: count }, (_, at) => `${bucketName(bucket)}:${from + at}`)
    return (await orUndefined(redis.hmgetBuffer(key, ...fields))) ?? [null]
  }

  return { logins, bucket: readBucket }
}

const PACKS_PER_READ = 8

/** A key of another type holds something foreign; all other errors are Redis's. */
async function orUndefined<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading
  } catch (error) {
    if (String((error as Error).message).startsWith('WRONGTYPE')) return undefined
    throw error
  }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length === BUCKETS && value.every((count) => Number.isSafeInteger(count))
}

function decodeLogins(bytes: Buffer | null | undefined): Login[] | undefined {
  try {
    const value = parseJson(gunzipSync(bytes ?? '', { maxOutputLength: 8 * 1024 * 1024 }).toString())
    return Array.isArray(value) && value.every(isLogin) ? value : undefined
  } catch {
    return undefined
  }
}

function isLogin(value: unknown): value is Login {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}
