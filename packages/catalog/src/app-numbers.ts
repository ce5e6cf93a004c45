import { hash } from 'node:crypto'
import { execOrThrow, type Redis, type RedisKeys } from '@kptv/redis'

/** The thing behind a number. Ids of channels are texts, and Xtream apps take only numbers. */
export type Numbered = `${'channel' | 'group' | 'series' | 'episode'}:${string}`

export type AppNumbers = {
  /** The number of each, in the same order; one that has none gets one, for ever. */
  numbersOf(things: readonly Numbered[]): Promise<number[]>
  /** `undefined` for a number that was never given out. */
  thingOf(number: number): Promise<Numbered | undefined>
}

/** Apps store numbers in 32 bits with a sign. */
const MASK = 0x7fffffff

/**
 * Numbers of 31 bits for things with other ids. A number comes from a hash of the thing, so it
 * would be the same in an empty Redis; if two things have the same one, the later takes another
 * from its next hash. Numbers are kept once they were given out, so none ever changes its meaning.
 * Both functions throw when Redis does not answer.
 */
export function createAppNumbers({
  redis,
  keys,
  key = keys.xtreamNumbers,
  candidate = candidateOf,
}: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** Where the numbers are kept; by default those of Xtream. */
  readonly key?: string
  readonly candidate?: (thing: Numbered, attempt: number) => number
}): AppNumbers {
  /** Gives numbers that are free to these things, unless another process does so at this moment. */
  async function claim(pairs: ReadonlyArray<readonly [number: number, thing: Numbered]>): Promise<void> {
    if (pairs.length === 0) return
    const pipeline = redis.pipeline()
    for (const [number, thing] of pairs) pipeline.hsetnx(key, String(number), thing)
    await execOrThrow(pipeline)
  }

  return {
    async numbersOf(things) {
      const numbers = new Map<Numbered, number>()
      let open = [...new Set(things)]
      for (let attempt = 0; open.length > 0; attempt += 1) {
        const tried = open.map((thing) => [candidate(thing, attempt), thing] as const)
        const fields = tried.map(([number]) => String(number))
        const present = await redis.hmget(key, ...fields)
        await claim(tried.filter((_, index) => present[index] === null))
        const holders = present.includes(null) ? await redis.hmget(key, ...fields) : present
        for (const [index, [number, thing]] of tried.entries()) if (holders[index] === thing) numbers.set(thing, number)
        open = open.filter((thing) => !numbers.has(thing))
      }
      return things.map((thing) => numbers.get(thing) ?? 0)
    },

    async thingOf(number) {
      if (!Number.isInteger(number) || number <= 0 || number > MASK) return undefined
      const thing = await redis.hget(key, String(number))
      return (thing ?? undefined) as Numbered | undefined
    },
  }
}

/**
 * Of ten digits, which no provider counts up to: loops are known by it (`loop-mark.ts` in
 * `packages/upstream`).
 */
function candidateOf(thing: Numbered, attempt: number): number {
  const digits = hash('sha256', attempt === 0 ? thing : `${attempt}:${thing}`).slice(0, 8)
  return (Number.parseInt(digits, 16) & MASK) | 0x40000000
}
