import type { LiveChannel, LiveState } from '@kptv/contract'

/** A channel in play, and what its row needs to know besides. */
export type ChannelInPlayProps = {
  readonly id: string
  readonly channel: LiveChannel
  readonly sources: LiveState['sources']
  readonly isOpen: boolean
}
