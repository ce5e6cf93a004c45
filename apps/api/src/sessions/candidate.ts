import type { Clock } from '@kptv/clock'
import type { ChannelEvent, ChannelState, EndReason } from '@kptv/failover'
import type { SharedChannel } from '../cluster/shared-channel.ts'

type CandidateOptions = {
  readonly shared: SharedChannel | undefined
  /** Its viewers are those of this node that have had media. */
  readonly session: { readonly phase: ChannelState['phase']; readonly viewers: ReadonlySet<unknown> }
  readonly send: (event: ChannelEvent) => void
  readonly clock: Clock
}

/** Between two claims while no node can be elected. */
const ELECTION_PAUSE_MS = 250

/**
 * A session's part in the elections of its channel: one claim at a time, and none before it has
 * stepped down.
 */
export class Candidate {
  readonly #options: CandidateOptions
  #steppingDown: Promise<void> = Promise.resolve()
  #cancelPause: (() => void) | undefined

  constructor(options: CandidateOptions) {
    this.#options = options
  }

  /** @param again after a short pause */
  elect({ again }: { readonly again: boolean }): void {
    if (again) this.#cancelPause = this.#options.clock.after(ELECTION_PAUSE_MS, () => void this.#claim())
    else void this.#claim()
  }

  async #claim(): Promise<void> {
    const { shared, session, send } = this.#options
    await this.#steppingDown
    const answer = await shared!.elect().catch(() => 'unavailable' as const)
    const isDecided = answer === 'elected' || answer === 'led-by-another'
    send(isDecided ? { type: answer } : { type: 'not-elected', because: answer, hasViewers: session.viewers.size > 0 })
    // Elected too late: the session has ended in the meantime.
    if (answer === 'elected' && session.phase === 'ended') await shared!.stepDown('idle')
  }

  /** Finds out whether other nodes with viewers may still try their streams. */
  async consult(): Promise<void> {
    this.#options.send({ type: await this.#options.shared!.consult() })
  }

  stepDown(end: EndReason | undefined): void {
    this.#steppingDown = this.#options.shared?.stepDown(end) ?? Promise.resolve()
  }

  /** Resolves when the leadership is given back. */
  stop(): Promise<void> {
    this.#cancelPause?.()
    return this.#steppingDown
  }
}
