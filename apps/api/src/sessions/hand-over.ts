import type { Clock } from '@kptv/clock'
import type { ChannelEvent, ChannelState } from '@kptv/failover'
import type { SharedChannel } from '../cluster/shared-channel.ts'
import type { ChannelOutput } from '../media/channel-output.ts'

type HandOverOptions = {
  readonly shared: SharedChannel | undefined
  /** Some account of the channel has a connection to spare. */
  readonly hasSpareSlot: () => Promise<boolean>
  readonly output: ChannelOutput
  readonly phase: () => ChannelState['phase']
  readonly slotId: () => string | undefined
  readonly send: (event: ChannelEvent) => void
  readonly clock: Clock
}

/** How long a node may take to prepare a takeover, and how long the leaving node waits for it. */
const PREPARE_MS = 5_000
const OFFER_MS = 6_000

/**
 * Hands a session's channel over to another node, or takes it over from a node that leaves; with
 * limits of time.
 */
export class HandOver {
  readonly #options: HandOverOptions
  /** This node drains: it takes over nothing. */
  #isLeaving = false
  #cancelPatience: (() => void) | undefined

  constructor(options: HandOverOptions) {
    this.#options = options
  }

  /** Looks for a node that can lead instead. May be called again. */
  leave(): void {
    const { shared, phase, send } = this.#options
    const isAgain = this.#isLeaving
    this.#isLeaving = true
    shared?.leave()
    if (isAgain && phase() !== 'playing') return
    if (shared?.hasFollowers() || phase() === 'preparing') send({ type: 'hand-over' })
  }

  /** A person wants another node to lead, whichever can. @returns false if there is none */
  move(): boolean {
    const { shared, send } = this.#options
    if (shared?.hasFollowers() !== true) return false
    shared.moveOrdered()
    send({ type: 'hand-over' })
    return true
  }

  /** Asks another node to take over. If none can, this one plays on, or closes first. */
  async offer(): Promise<void> {
    const { shared, output, hasSpareSlot, phase, slotId, send, clock } = this.#options
    const offeredSlot = slotId()
    this.stopWaiting()
    const answer = await shared!.offer(output, hasSpareSlot).catch(() => 'no-successor' as const)
    // The connection that was offered has ended in the meantime.
    if (phase() !== 'offering' || slotId() !== offeredSlot) return
    if (answer !== 'offered') return send({ type: answer })
    this.#cancelPatience = clock.after(OFFER_MS, () => send({ type: 'offer-failed' }))
  }

  /** The leader asks this node to take over. */
  invited(streamId: string | undefined): void {
    const { shared, phase, send, clock } = this.#options
    if (this.#isLeaving) return shared?.decline()
    if (phase() !== 'following') return
    send({ type: 'invited', streamId })
    this.stopWaiting()
    this.#cancelPatience = clock.after(PREPARE_MS, () => send({ type: 'invitation-over' }))
  }

  stopWaiting(): void {
    this.#cancelPatience?.()
  }
}
