import type { Redis } from '@kptv/redis'
import type { ConfirmLeft } from '../liveness/evidence.ts'
import { slotLeaseMs, type Timing } from '../timing.ts'
import { dropLeftSlot, findSilentSlots, type SilentSlot } from './slot-scripts.ts'

type LeftSlotOptions = {
  readonly redis: Redis
  readonly slotKeys: (accountId: string) => [slots: string, holders: string]
  /** Our own, which needs no question. */
  readonly isOurs: (incarnation: string) => boolean
  readonly timing: Pick<Timing, 'leaseMs' | 'quarantineMs' | 'deadlineMs'>
  readonly confirmLeft: ConfirmLeft
}

/**
 * Frees slots whose holders can no longer reach Redis, but confirm that they have left them. A
 * holder that could not renew within its deadline has stopped or is about to, so it is asked only
 * then. One search per account at a time: requests that arrive meanwhile share its result. Call it
 * only while Redis is warm.
 *
 * @returns a function that reports how many slots were freed. Throws when Redis does not answer.
 */
export function createLeftSlotRemover({ redis, slotKeys, isOurs, timing, confirmLeft }: LeftSlotOptions) {
  const running = new Map<string, Promise<number>>()

  return (accountId: string): Promise<number> => {
    const current = running.get(accountId)
    if (current) return current
    const search = removeFrom(accountId).finally(() => running.delete(accountId))
    running.set(accountId, search)
    return search
  }

  async function removeFrom(accountId: string): Promise<number> {
    const silent = await findSilentSlots(redis, slotKeys(accountId), [slotLeaseMs(timing), timing.deadlineMs])
    const freed = await Promise.all(silent.map((slot) => removeIfLeft(accountId, slot)))
    return freed.filter(Boolean).length
  }

  async function removeIfLeft(accountId: string, { slotId, endsAt, holder }: SilentSlot): Promise<boolean> {
    const { incarnation, channel: channelId } = holder
    if (isOurs(incarnation)) return false
    const isLeft = await confirmLeft({ incarnation, slotId, accountId, channelId })
    return isLeft && (await dropLeftSlot(redis, slotKeys(accountId), [slotId, incarnation, endsAt]))
  }
}
