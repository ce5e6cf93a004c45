import type { EdgeEvent } from './edge-events.ts'

/** What the page shows of a channel in play on this node. */
type ChannelFigures = { mediaBytes: number; readonly sinceMs: number }

/** Counts the media of each channel in play, and since when it plays. */
export class FiguresByChannel {
  readonly #figures = new Map<string, ChannelFigures>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  readonly listen = (event: EdgeEvent): void => {
    if (event.type === 'channel-ended') this.#figures.delete(event.channelId)
    else if (event.type === 'media-received') this.of(event.channelId).mediaBytes += event.bytes
  }

  /** Begins with the first question, or the first media. */
  of(channelId: string): ChannelFigures {
    const known = this.#figures.get(channelId) ?? { mediaBytes: 0, sinceMs: this.#nowMs() }
    this.#figures.set(channelId, known)
    return known
  }
}
