import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from '@kptv/redis'
import type { Proof } from '../liveness/evidence.ts'
import { slotLeaseMs, type Timing } from '../timing.ts'
import type { WarmUp } from '../warm-up/warm-up.ts'
import { acquireSlot, inheritSlot } from './slot-scripts.ts'

export type SlotRequest = {
  readonly accountId: string
  /** Connections the account allows at once; `Infinity` for an unlimited account. */
  readonly limit: number
  readonly channelId: string
  /** Of the leadership under which it is taken; absent for a channel that is not shared. */
  readonly term?: number
  /** Of a user's stream: the device that watches it. */
  readonly device?: string
  /** The highest of its viewers; one with a higher one may take the slot over. */
  readonly priority?: number
  /**
   * From a claim: the channel's old leader no longer has a connection, so its slot of this account
   * is inherited.
   */
  readonly proof?: Proof
  /** Called as soon as a spare slot was requested: commands sent now share its round trip. */
  readonly onSent?: (slotId: string) => void
}

type TakeAnswer =
  | { readonly outcome: 'granted'; readonly memory: string; readonly sentAtMs: number }
  | { readonly outcome: 'full'; readonly retryAfterMs: number; readonly holders: string[] }
  | { readonly outcome: 'cold'; readonly retryAfterMs: number }

/** The two ways to a slot, both only while Redis is warm. All throw when Redis does not answer. */
export function createSlotTaker(options: {
  readonly redis: Redis
  readonly slotKeys: (accountId: string) => [slots: string, holders: string]
  readonly nodeId: string
  readonly timing: Pick<Timing, 'leaseMs' | 'quarantineMs' | 'proofAgeMs' | 'beatMs'>
  readonly warmUp: Pick<WarmUp, 'check'>
  readonly monotonicMs: () => number
}) {
  const { redis, slotKeys, nodeId, timing, warmUp, monotonicMs } = options
  const leaseMs = slotLeaseMs(timing)

  return {
    /** A spare slot. `onSend`: from now on the slot may be taken even if no answer arrives. */
    async take(
      request: SlotRequest,
      {
        slotId,
        incarnation,
        onSend,
      }: { readonly slotId: string; readonly incarnation: string; readonly onSend: () => void },
    ): Promise<TakeAnswer> {
      const keys = slotKeys(request.accountId)
      const { runId, memory, warmInMs } = await warmUp.check(keys[0])
      if (warmInMs > 0) return { outcome: 'cold', retryAfterMs: warmInMs }
      const sentAtMs = monotonicMs()
      onSend()
      const limit = Math.min(request.limit, Number.MAX_SAFE_INTEGER)
      const { channelId, term = '', device = '', priority = 0 } = request
      const who = [channelId, nodeId, incarnation, term, 'opening', device, priority] as const
      const acquiring = acquireSlot(redis, keys, [slotId, limit, leaseMs, runId, ...who])
      request.onSent?.(slotId)
      const answer = await acquiring
      if (answer.outcome === 'granted') return { outcome: 'granted', memory, sentAtMs }
      return answer.outcome === 'full' ? answer : { outcome: 'cold', retryAfterMs: timing.beatMs }
    },

    /**
     * The slot that the channel had at this account under another process; no id when there is none
     * to inherit.
     */
    async inherit({ accountId, channelId, term }: SlotRequest, proof: Proof, incarnation: string) {
      const { fromIncarnation, evidence } = proof
      const keys = slotKeys(accountId)
      // Twice: at first, the last renewal of a process that died just now is too fresh to count.
      for (let round = 1; ; round += 1) {
        const { runId, memory, warmInMs } = await warmUp.check(keys[0])
        if (warmInMs > 0) return { slotId: undefined, memory, sentAtMs: 0 }
        const sentAtMs = monotonicMs()
        const how = [channelId, fromIncarnation, evidence, timing.proofAgeMs, leaseMs, runId] as const
        const answer = await inheritSlot(redis, keys, [...how, nodeId, incarnation, term ?? ''])
        if (answer.outcome === 'inherited') return { slotId: answer.slotId, memory, sentAtMs }
        if (answer.waitMs === 0 || round === 2) return { slotId: undefined, memory, sentAtMs }
        await sleep(answer.waitMs)
      }
    },
  }
}
