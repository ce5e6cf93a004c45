import { hash, randomBytes } from 'node:crypto'
import type { Redis, RedisKeys } from '@kptv/redis'
import { type AppNumbers, createAppNumbers, type Numbered } from './app-numbers.ts'

type TunerStore = { readonly redis: Redis; readonly keys: RedisKeys }

/** Digits of the first number that is tried: short enough for a remote control. */
const MIN_DIGITS = 5
/** Numbers of lists have no more. */
const MAX_DIGITS = 9

/**
 * Guide numbers for channels whose lists give them none, kept for ever: recorders schedule by
 * number. They have five digits while these last, then more.
 */
export function createTunerNumbers({ redis, keys }: TunerStore): Pick<AppNumbers, 'numbersOf'> {
  return createAppNumbers({ redis, keys, key: keys.tunerNumbers, candidate })
}

function candidate(thing: Numbered, attempt: number): number {
  const smallest = 10 ** (Math.min(MIN_DIGITS + attempt, MAX_DIGITS) - 1)
  return smallest + (Number.parseInt(hash('sha256', `${attempt}:${thing}`).slice(0, 12), 16) % (9 * smallest))
}

/**
 * The text that ids of devices are made from: the same on every node, and after a restart of any.
 * A node that has read it puts it back into a Redis that came back empty.
 */
export function createTunerSeed({ redis, keys }: TunerStore): () => Promise<string> {
  let known: string | undefined
  return async () => {
    const proposed = known ?? randomBytes(16).toString('hex')
    const present = await redis.set(keys.tunerSeed, proposed, 'NX', 'GET')
    known = present ?? proposed
    return known
  }
}
