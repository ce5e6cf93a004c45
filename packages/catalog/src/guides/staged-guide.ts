import { TextList } from '@kptv/guide'
import { execOrThrow, type Redis } from '@kptv/redis'
import { BUCKETS, bucketName, bucketOf } from '../bucket.ts'
import { encodeMatch, type GuideMatch, packMatches } from './guide-matches.ts'
import { encodeStaged, packStaged, type StagedProgramme } from './programme-pack.ts'

/** Length of text waiting to be packed, all buckets together. */
const MAX_WAITING_LENGTH = 4 * 1024 * 1024
/** Text is cut into packs of about this length, so that readers need little memory. */
const MAX_PACK_LENGTH = 256 * 1024
/** Whose matches are held as text at once. */
const BUCKETS_AT_ONCE = BUCKETS / 4

/**
 * Writes the programmes of one guide into a hash in Redis, in packs by bucket like a list: field
 * `3f:0` is the first pack of the channels whose ids begin with 3f, field `packs` counts them, and
 * `matches:3f` says how these channels were matched. Memory does not grow with the guide.
 */
export class StagedGuide {
  readonly #redis: Redis
  readonly #key: string
  readonly #ttlMs: number
  readonly #waiting: string[][] = Array.from({ length: BUCKETS }, () => [])
  readonly #waitingLengths: number[] = new Array(BUCKETS).fill(0)
  readonly #packs: number[] = new Array(BUCKETS).fill(0)
  #waitingLength = 0

  constructor(redis: Redis, key: string, ttlMs: number) {
    this.#redis = redis
    this.#key = key
    this.#ttlMs = ttlMs
  }

  /** Await it, so that memory stays bounded. */
  async write(programmes: readonly StagedProgramme[]): Promise<void> {
    for (const staged of programmes) {
      const bucket = bucketOf(staged.channelId)
      const text = encodeStaged(staged)
      this.#waiting[bucket]?.push(text)
      this.#waitingLengths[bucket] = (this.#waitingLengths[bucket] ?? 0) + text.length
      this.#waitingLength += text.length
      // At once: one programme may be for any number of channels.
      if (this.#waitingLength > MAX_WAITING_LENGTH) await this.#send(this.#largestBucket())
    }
  }

  /**
   * @param matches read several times, a part of the buckets each, so that the text of a part alone
   *   is held
   * @returns the number of fields that the key must have if Redis lost none
   */
  async end(matches: Iterable<GuideMatch>): Promise<number> {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) await this.#send(bucket)
    const matched = await this.#writeMatches(matches)
    await this.#set(['packs', JSON.stringify(this.#packs)])
    return this.#packs.reduce((sum, count) => sum + count, matched + 1)
  }

  /** @returns the number of fields */
  async #writeMatches(matches: Iterable<GuideMatch>): Promise<number> {
    let fields = 0
    for (let first = 0; first < BUCKETS; first += BUCKETS_AT_ONCE) {
      const buckets = new Map<number, TextList>()
      for (const match of matches) {
        const bucket = bucketOf(match.channelId)
        if (bucket < first || bucket >= first + BUCKETS_AT_ONCE) continue
        const texts = buckets.get(bucket) ?? new TextList()
        buckets.set(bucket, texts)
        texts.add(encodeMatch(match))
      }
      for (const [bucket, texts] of buckets) await this.#set([matchesField(bucket), packMatches(texts)])
      fields += buckets.size
    }
    return fields
  }

  async discard(): Promise<void> {
    await this.#redis.unlink(this.#key)
  }

  async #send(bucket: number): Promise<void> {
    const texts = this.#waiting[bucket] ?? []
    if (texts.length === 0) return
    this.#waiting[bucket] = []
    this.#waitingLength -= this.#waitingLengths[bucket] ?? 0
    this.#waitingLengths[bucket] = 0
    for (const pack of cut(texts)) {
      const number = this.#packs[bucket] ?? 0
      this.#packs[bucket] = number + 1
      await this.#set([`${bucketName(bucket)}:${number}`, packStaged(pack)])
    }
  }

  async #set(fields: Array<string | Buffer>): Promise<void> {
    await execOrThrow(
      this.#redis
        .pipeline()
        .hset(this.#key, ...fields)
        .pexpire(this.#key, this.#ttlMs),
    )
  }

  #largestBucket(): number {
    const largest = Math.max(...this.#waitingLengths)
    return this.#waitingLengths.indexOf(largest)
  }
}

/** The field that says how the channels of a bucket were matched. */
export function matchesField(bucket: number): string {
  return `matches:${bucketName(bucket)}`
}

function* cut(texts: readonly string[]): Generator<string[]> {
  let pack: string[] = []
  let length = 0
  for (const text of texts) {
    if (length > 0 && length + text.length > MAX_PACK_LENGTH) {
      yield pack
      pack = []
      length = 0
    }
    pack.push(text)
    length += text.length
  }
  yield pack
}
