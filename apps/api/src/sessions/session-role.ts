import type { PlayedChannel } from '@kptv/contract'
import type { ChannelSession } from './channel-session.ts'

const FOLLOWS: ReadonlySet<string> = new Set(['following', 'preparing', 'withdrawing'])
const LEADS: ReadonlySet<string> = new Set(['opening', 'playing', 'offering', 'closing'])

/** The part of a node in a channel, for people. */
export function roleIn(phase: ChannelSession['phase']): PlayedChannel['role'] {
  if (FOLLOWS.has(phase)) return 'follows'
  return LEADS.has(phase) ? 'leads' : 'waits'
}
