import type { ListedChannel } from '@kptv/contract'
import { signal } from '@preact/signals'
import type { MediaFacts } from './media-facts.ts'

export type PlayerState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'playing'; readonly facts: MediaFacts | undefined }
  | { readonly phase: 'waiting'; readonly facts: MediaFacts | undefined }
  | { readonly phase: 'failed'; readonly status: number | undefined; readonly isUnsupported: boolean }

/** The channel of the corner player; each press on a channel is a new visit. */
export const playing = signal<{ readonly channel: ListedChannel; readonly visit: number } | undefined>(undefined)

export const playerState = signal<PlayerState>({ phase: 'starting' })

let visits = 0

export function play(channel: ListedChannel): void {
  visits += 1
  playerState.value = { phase: 'starting' }
  playing.value = { channel, visit: visits }
}

export function stopPlaying(): void {
  playing.value = undefined
}
