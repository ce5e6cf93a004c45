import type { SessionStep } from '@kptv/contract'
import type { EdgeEvent } from './edge-events.ts'

/** Of one channel: some ten attempts. */
const MAX_KEPT = 40

/** The last steps of each channel in play on this node, for its time line. */
export class SessionSteps {
  readonly #steps = new Map<string, SessionStep[]>()
  readonly #nowMs: () => number

  /** @param nowMs wall clock */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  readonly listen = (event: EdgeEvent): void => {
    switch (event.type) {
      case 'channel-ended':
        return void this.#steps.delete(event.channelId)
      case 'lead-taken':
      case 'lead-given-up':
        return this.#add(event.channelId, { step: event.type, source: null, stream: null, code: null })
      case 'slot-taken':
      case 'stream-connecting':
      case 'stream-connected':
      case 'media-arrived':
      case 'stream-playing':
      case 'stream-failed': {
        const { type: step, channelId, sourceId: source, streamId: stream } = event
        return this.#add(channelId, { step, source, stream, code: event.type === 'stream-failed' ? event.code : null })
      }
    }
  }

  /** The oldest first. */
  of(channelId: string): readonly SessionStep[] {
    return this.#steps.get(channelId) ?? []
  }

  #add(channelId: string, step: Omit<SessionStep, 'at'>): void {
    const steps = this.#steps.get(channelId) ?? []
    steps.push({ ...step, at: this.#nowMs() })
    if (steps.length > MAX_KEPT) steps.shift()
    this.#steps.set(channelId, steps)
  }
}
