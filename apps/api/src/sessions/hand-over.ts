import type { ChannelEvent, ChannelState } from '@kptv/failover'
import type { SharedChannel } from '../cluster/shared-channel.ts'
import type { ChannelOutput } from '../media/channel-output.ts'

export type HandOverOptions = {
  readonly shared: SharedChannel | undefined
  /** Some account of the channel has a connection to spare. */
  readonly hasSpareSlot: () => Promise<boolean>
  readonly output: ChannelOutput
  readonly phase: () => ChannelState['phase']
  readonly slotId: () => string | undefined
  readonly send: (event: ChannelEvent) => void
}

/** How long a node may take to prepare a takeover, and how long the leaving node waits for it. */
const PREPARE_MS = 5_000
const OFFER_MS = 6_000

/**
 * Leaves a session's channel to another node, or takes it over from one that leaves: who is asked,
 * and for how long.
 */
export class HandOver {
  readonly #options: HandOverOptions
  /** This node drains: it takes over nothing. */
  #isLeaving = false
  #patience: NodeJS.Timeout | undefined

  constructor(options: HandOverOptions) {
    this.#options = options
  }

  /** Looks for a node that leads instead; called again, it looks again. */
  leave(): void {
    const { shared, phase, send } = this.#options
    const isAgain = this.#isLeaving
    this.#isLeaving = true
    shared?.leave()
    if (isAgain && phase() !== 'playing') return
    if (shared?.hasFollowers() || phase() === 'preparing') send({ type: 'hand-over' })
  }

  /**
   * Another node takes over, or this one closes first: viewers here notice as little of it as those
   * of the other node.
   */
  async offer(): Promise<void> {
    const { shared, output, hasSpareSlot, phase, slotId, send } = this.#options
    const offeredSlot = slotId()
    this.stopWaiting()
    const answer = await shared!.offer(output, hasSpareSlot).catch(() => 'no-successor' as const)
    // The connection that was offered has ended meanwhile.
    if (phase() !== 'offering' || slotId() !== offeredSlot) return
    if (answer !== 'offered') return send({ type: answer })
    this.#patience = setTimeout(() => send({ type: 'offer-failed' }), OFFER_MS)
  }

  /** The leader asks this node to take over. */
  invited(streamId: string | undefined): void {
    const { shared, phase, send } = this.#options
    if (this.#isLeaving) return shared?.decline()
    if (phase() !== 'following') return
    send({ type: 'invited', streamId })
    this.stopWaiting()
    this.#patience = setTimeout(() => send({ type: 'invitation-over' }), PREPARE_MS)
  }

  stopWaiting(): void {
    clearTimeout(this.#patience)
  }
}
