import { defineScript, type Redis, type RedisKeys } from '@kptv/redis'

const keepLogo = defineScript<ReadonlyArray<string | number | Buffer>, number>({
  file: new URL('./keep-logo-3.lua', import.meta.url),
  parse: Number,
})

const WEEK_MS = 7 * 24 * 60 * 60_000

export type LogoStore = ReturnType<typeof createLogoStore>

/**
 * Images that edges have fetched, for all of them: the newest ones that fit. Both functions throw
 * when Redis does not answer.
 */
export function createLogoStore(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  /** Of all images together; 0: none is kept. */
  readonly maxBytes: number
}) {
  const { redis, keys, maxBytes } = options
  return {
    /** The image of that name, if it is kept. */
    async read(name: string): Promise<Buffer | undefined> {
      return (await redis.hgetBuffer(keys.logoImages, name)) ?? undefined
    },

    async keep(name: string, image: Buffer, nowMs: number): Promise<void> {
      if (image.length > maxBytes) return
      const scriptKeys = [keys.logoImages, keys.logoAges, keys.logoBytes]
      await keepLogo(redis, scriptKeys, [name, image, nowMs, maxBytes, WEEK_MS])
    },
  }
}
