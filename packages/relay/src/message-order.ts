import type { MediaMessage } from './message-format.ts'
import type { MediaOrigin } from './relay.ts'

export type MissingRange = { readonly from: number; readonly to: number }

type Deliver = (packets: Buffer, joinPoints: readonly number[], origin: MediaOrigin | undefined, state: unknown) => void

/**
 * Puts the media messages of one term in order: each once, none missing unnoticed.
 *
 * `joining`: nothing was handed on yet, live messages are held back until the backlog arrives ·
 * `beginning`: nothing was handed on yet, and the whole term is wanted, from its first message on ·
 * `flowing`: everything before `expected` was handed on, later messages are held back · `seeking`:
 * something is lost for good; messages are skipped up to the next join point.
 */
export class MessageOrder {
  #state: 'joining' | 'beginning' | 'flowing' | 'seeking'
  #expected: number
  /** The highest sequence that is known to exist. */
  #latest = 0
  #held = new Map<number, MediaMessage>()
  #heldBytes = 0
  readonly #deliver: Deliver
  readonly #onBroken: () => void

  /** @param onBroken called before the first packets after a permanent hole */
  constructor(start: 'joining' | 'beginning', deliver: Deliver, onBroken: () => void) {
    this.#state = start
    this.#expected = start === 'joining' ? 0 : 1
    this.#deliver = deliver
    this.#onBroken = onBroken
  }

  get state(): 'joining' | 'beginning' | 'flowing' | 'seeking' {
    return this.#state
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The next sequence to pass on; 0 while joining. */
  get expected(): number {
    return this.#expected
  }

  /**
   * The range to request; undefined when nothing is known to be missing. `from` 0 is the backlog.
   */
  missing(): MissingRange | undefined {
    if (this.#state === 'joining') return { from: 0, to: Number.MAX_SAFE_INTEGER }
    if (this.#state === 'seeking' || this.#latest < this.#expected) return undefined
    let to = this.#latest
    for (const sequence of this.#held.keys()) to = Math.min(to, sequence - 1)
    return { from: this.#expected, to }
  }

  /** A tick or an end says that messages up to `sequence` exist. */
  announce(sequence: number): void {
    this.#latest = Math.max(this.#latest, sequence)
    if (this.#state === 'seeking') this.#expected = Math.max(this.#expected, sequence + 1)
  }

  receive(message: MediaMessage): void {
    const { sequence, isStart, packets } = message
    this.#latest = Math.max(this.#latest, sequence)
    if (packets.length === 0) return this.#goOnAfter(sequence)
    if (isStart) return this.#startAt(message)
    if (this.#state === 'joining') return this.#hold(message)
    if (sequence < this.#expected) return
    if (sequence > this.#expected && this.#state !== 'seeking') return this.#hold(message)
    this.#pass(message)
    this.#passHeld()
  }

  /**
   * The missing messages will not arrive: continues with those at hand, from the next join point.
   */
  giveUp(): void {
    if (this.#state === 'flowing') this.#onBroken()
    this.#state = 'seeking'
    const held = [...this.#held.values()].sort((one, other) => one.sequence - other.sequence)
    this.#dropHeldBefore(Number.POSITIVE_INFINITY)
    this.#expected = held[0]?.sequence ?? this.#latest + 1
    for (const message of held) this.receive(message)
  }

  /** The publisher has no join point up to `sequence`. */
  #goOnAfter(sequence: number): void {
    if (this.#state === 'flowing') {
      if (sequence < this.#expected) return
      this.#onBroken()
    }
    this.#state = 'seeking'
    this.#expected = Math.max(this.#expected, sequence + 1)
    this.#dropHeldBefore(this.#expected)
    this.#passHeld()
  }

  #startAt(message: MediaMessage): void {
    if (this.#state !== 'joining' && message.sequence < this.#expected) return
    if (this.#state === 'flowing' || this.#state === 'beginning') {
      // A late backlog: perhaps only the end of the expected message. The whole message is on its
      // way, or will be requested.
      if (message.sequence === this.#expected) return
      if (this.#state === 'flowing') this.#onBroken()
    }
    this.#state = 'flowing'
    this.#expected = message.sequence
    this.#pass(message)
    this.#dropHeldBefore(this.#expected)
    this.#passHeld()
  }

  #pass({ sequence, packets, joinPoints, origin, state }: MediaMessage): void {
    this.#expected = sequence + 1
    if (this.#state === 'flowing') return this.#deliver(packets, joinPoints, origin, state)
    const first = joinPoints[0]
    if (first === undefined) return
    this.#state = 'flowing'
    this.#deliver(
      packets.subarray(first),
      joinPoints.map((joinPoint) => joinPoint - first),
      origin,
      state,
    )
  }

  #hold(message: MediaMessage): void {
    if (this.#held.has(message.sequence)) return
    // The transport lends its bytes only for the call.
    this.#held.set(message.sequence, { ...message, packets: Buffer.from(message.packets) })
    this.#heldBytes += message.packets.length
  }

  #passHeld(): void {
    for (;;) {
      const message = this.#held.get(this.#expected)
      if (message === undefined) return
      this.#unhold(message)
      this.#pass(message)
    }
  }

  #dropHeldBefore(sequence: number): void {
    for (const message of this.#held.values()) if (message.sequence < sequence) this.#unhold(message)
  }

  #unhold(message: MediaMessage): void {
    this.#held.delete(message.sequence)
    this.#heldBytes -= message.packets.length
  }
}
