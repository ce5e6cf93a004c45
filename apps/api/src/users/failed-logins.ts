import type { Redis, RedisKeys } from '@kptv/redis'
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'

/** Wrong logins, counted over all nodes; by each node alone while Redis is away. */
export type FailedLogins = {
  /**
   * Whether too many were wrong lately. If so, even the correct password is not tried.
   *
   * @param name of a user; `undefined` for an unknown name, which may be any text
   */
  readonly areTooMany: (name: string | undefined, address: string) => Promise<boolean>
  readonly add: (name: string | undefined, address: string) => Promise<void>
}

const WINDOW_S = 60
/** A player with an old password sends it again and again: that must not lock out its household. */
const LIMITS = { name: 5, address: 30 } as const

export function createFailedLogins({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }): FailedLogins {
  const limiterOf = (points: number) =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: '',
      points,
      duration: WINDOW_S,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix: '', points, duration: WINDOW_S }),
    })
  const byName = limiterOf(LIMITS.name)
  const byAddress = limiterOf(LIMITS.address)
  const nameKey = (name: string | undefined, address: string): string =>
    keys.failedLogins('name', `${name ?? '(unknown)'}@${address}`)
  const addressKey = (address: string): string => keys.failedLogins('address', address)

  return {
    async areTooMany(name, address) {
      const [ofName, ofAddress] = await Promise.all([
        byName.get(nameKey(name, address)),
        byAddress.get(addressKey(address)),
      ])
      return (ofName?.consumedPoints ?? 0) >= LIMITS.name || (ofAddress?.consumedPoints ?? 0) >= LIMITS.address
    },

    async add(name, address) {
      // Rejects once there are too many, which the next login finds.
      await Promise.allSettled([byName.consume(nameKey(name, address)), byAddress.consume(addressKey(address))])
    },
  }
}
