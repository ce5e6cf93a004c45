import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'

const renewLease = defineScript<readonly [holder: string, ttlMs: number], boolean>({
  file: new URL('./renew-import-lease-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

const releaseLease = defineScript<readonly [holder: string], boolean>({
  file: new URL('./release-import-lease-1.lua', import.meta.url),
  parse: (reply) => reply === 1,
})

export type ImportLeases = ReturnType<typeof createImportLeases>

type ImportLease = {
  /** Fires when the lease is lost: another worker may import now, so stop. */
  readonly lost: AbortSignal
  /** Gives it back. Never throws: without Redis it expires. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The right to import a source: in the whole cluster one worker at a time fetches a list. A worker
 * that was frozen may still run for a moment after its lease has ended: its list is refused
 * because its version is older (`publish` of the source's lists).
 *
 * Functions throw when Redis does not answer.
 */
export function createImportLeases(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** Identifies this process; unique for each start. */
  readonly holder: string
  readonly ttlMs?: number
  readonly monotonicMs?: () => number
}) {
  const { redis, keys, holder, ttlMs = 10_000, monotonicMs = () => performance.now() } = options
  let taken = 0

  /** Undefined when another import of this source is under way. */
  async function take(sourceId: string): Promise<ImportLease | undefined> {
    const key = keys.sourceImportLease(sourceId)
    taken += 1
    const own = `${holder}:${taken}`
    let validUntilMs = monotonicMs() + ttlMs
    if ((await redis.set(key, own, 'PX', ttlMs, 'NX')) === null) return undefined
    const order = new AbortController()
    const lose = () => order.abort(new Error('lost the right to import this source'))

    const renew = async () => {
      const askedAtMs = monotonicMs()
      const held = await renewLease(redis, [key], [own, ttlMs]).catch(() => undefined)
      if (held === true) validUntilMs = askedAtMs + ttlMs
      // No answer is not a refusal: the next may come in time.
      if (held === false || monotonicMs() >= validUntilMs) lose()
    }
    const timer = setInterval(renew, ttlMs / 4)
    return {
      lost: order.signal,
      async [Symbol.asyncDispose]() {
        clearInterval(timer)
        await releaseLease(redis, [key], [own]).catch(() => {})
      },
    }
  }

  return { take }
}
