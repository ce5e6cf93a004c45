import type { Redis } from '@kptv/redis'
import type { Account } from '../accounts/accounts.ts'
import type { Logger } from '../logger.ts'
import type { Presence } from '../presence/presence.ts'
import { parseHolder, type SlotHolder } from '../slots/slot-holder.ts'
import { revokeSlot } from '../slots/slot-scripts.ts'

type LoweredLimitsOptions = {
  readonly redis: Redis
  readonly slotKeys: (accountId: string) => [slots: string, holders: string]
  readonly presence: Pick<Presence, 'totalViewers'>
  readonly logger: Logger
}

/**
 * Enforces a limit that was lowered while more connections are open: revokes the channels with the
 * fewest viewers, the newest first among equals. Only a lowering that this process has seen counts:
 * during a rolling change nodes differ for a while, and an old node must not end what a new one may
 * have.
 *
 * @returns a function that revokes the excess slots, and reports how many. Throws when Redis does
 * not answer.
 */
export function createLimitEnforcer({ redis, slotKeys, presence, logger }: LoweredLimitsOptions) {
  /** The highest limit that may still be in use. */
  const inUse = new Map<string, number>()

  return async ({ accountId, limit }: Account): Promise<number> => {
    if (limit >= (inUse.get(accountId) ?? 0)) {
      inUse.set(accountId, limit)
      return 0
    }
    const open = await readHolders(accountId)
    if (open.length <= limit) {
      inUse.set(accountId, limit)
      return 0
    }
    const ending = open.filter(([, { state }]) => state !== 'opening' && state !== 'active').length
    const chosen = (await byViewers(open)).slice(0, Math.max(0, open.length - ending - limit))
    const revoked = await Promise.all(
      chosen.map(([slotId, { incarnation }]) => revokeSlot(redis, slotKeys(accountId), [slotId, incarnation])),
    )
    const count = revoked.filter(Boolean).length
    const channels = chosen.map(([, { channel }]) => channel)
    if (count > 0) logger.warn({ accountId, limit, channels }, 'limit lowered; connections with the fewest viewers end')
    return count
  }

  async function readHolders(accountId: string): Promise<Array<readonly [slotId: string, holder: SlotHolder]>> {
    const texts = await redis.hgetall(slotKeys(accountId)[1])
    return Object.entries(texts).flatMap(([slotId, text]) => {
      const holder = parseHolder(text)
      return holder === undefined ? [] : [[slotId, holder] as const]
    })
  }

  /** Of those that can be revoked: the fewest viewers first. */
  async function byViewers(open: ReadonlyArray<readonly [string, SlotHolder]>) {
    const revocable = open.filter(([, { state }]) => state === 'opening' || state === 'active')
    const counted = await Promise.all(
      revocable.map(async (slot) => ({ slot, viewers: await presence.totalViewers(slot[1].channel) })),
    )
    counted.sort((one, other) => one.viewers - other.viewers || other.slot[1].since - one.slot[1].since)
    return counted.map(({ slot }) => slot)
  }
}
