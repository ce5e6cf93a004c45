import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * `key`: of the process that is asked; it is random, and is only in that process's node record,
 * never in a message, log or status. `nonce`: random, new for each question, so that no old answer
 * fits.
 */
export type Seal = { readonly key: string; readonly nonce: string }

/** Shows that the writer of these words knows the key. */
export function prove(key: string, words: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(words)).digest('hex')
}

export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
