import type { Redis, RedisKeys } from '@kptv/redis'
import { type Account, rankOf, type Waiter } from '../accounts/accounts.ts'
import type { Presence } from '../presence/presence.ts'
import { parseHolder, type SlotHolder } from '../slots/slot-holder.ts'
import { outrankSlot } from '../slots/slot-scripts.ts'
import { chooseOutranked, type Outranked, type RankedAccount, type RankedSlot } from './choose-outranked.ts'

/**
 * Takes slots over for waiting sessions of higher priority. The holder learns it at its next beat,
 * closes its connection and gives the slot back; the queue decides who gets it.
 *
 * Promised: a session loses its slot only to a higher priority than that of all its viewers on all
 * nodes, and only where no slot is about to be free. Throws when Redis does not answer.
 */
export function createOutranking(options: {
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly presence: Pick<Presence, 'read'>
}) {
  const { redis, keys, presence } = options

  /** Read before the decision; a viewer that comes later has come too late. */
  async function readAccount({ accountId, limit }: Account, waiter: Waiter): Promise<RankedAccount> {
    const [[seconds, microseconds], slotIds, texts, tickets] = await Promise.all([
      redis.time(),
      redis.zrange(keys.accountSlots(accountId), '0', '-1', 'WITHSCORES'),
      redis.hgetall(keys.accountSlotHolders(accountId)),
      redis.zrange(keys.accountWaiters(accountId), '0', '-1'),
    ])
    const nowMs = Number(seconds) * 1000 + Number(microseconds) / 1000
    const live = slotIds.filter((_, index) => index % 2 === 0 && Number(slotIds[index + 1]) > nowMs)
    const slots = await Promise.all(live.map((slotId) => readSlot(slotId, parseHolder(texts[slotId]))))
    const sorted = tickets.sort()
    const place = sorted.findIndex((ticket) => ticket.slice(TICKET_TIME_END) === waiter.name)
    return { accountId, limit, ahead: place === -1 ? sorted.length : place, slots }
  }

  async function readSlot(slotId: string, holder: SlotHolder | undefined): Promise<RankedSlot> {
    if (holder === undefined) return { ...UNKNOWN, slotId }
    const { channel: channelId, incarnation, since, state, term, priority: own = 0 } = holder
    const isKept = state === 'opening' || state === 'active'
    // A channel that is not shared has the viewers of one node alone.
    const { viewers, priority } =
      isKept && term !== undefined ? await presence.read(channelId) : { viewers: 1, priority: own }
    return { slotId, incarnation, channelId, isKept, viewers, priority, since }
  }

  return {
    /**
     * The session waits in the queues of these accounts, and each is full.
     *
     * @returns the connection that ends in its favour, if one does
     */
    async claim(
      accounts: readonly Account[],
      waiter: Waiter & { readonly channelId: string },
    ): Promise<Outranked | undefined> {
      const { priority = 0, channelId, name } = waiter
      if (priority === 0) return undefined
      const read = await Promise.all(accounts.map((account) => readAccount(account, waiter)))
      const chosen = chooseOutranked({ channelId, priority }, read)
      if (chosen === undefined) return undefined
      const { accountId, slotId, incarnation, limit } = chosen
      const names = [keys.accountSlots(accountId), keys.accountSlotHolders(accountId), keys.accountWaiters(accountId)]
      const isRevoked = await outrankSlot(redis, names, [slotId, incarnation, limit, rankOf(waiter), name, priority])
      return isRevoked ? chosen : undefined
    },
  }
}

/** `rank-since-name`: where the name begins. */
const TICKET_TIME_END = 19

/** A slot without a readable holder cools down, or is kept for somebody. */
const UNKNOWN = { incarnation: '', channelId: '', isKept: false, priority: 0, viewers: 0, since: 0 }
