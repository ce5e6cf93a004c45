import { createKeys } from '@kptv/redis'
import { createManualClock } from '@kptv/testkit'
import type { RelayLimits } from '../src/index.ts'
import { decodeMessage } from '../src/message-format.ts'
import { feedFrom, recordFollower } from './follow-recorder.ts'
import { createMemoryRelayHub } from './memory-relay.ts'

/**
 * A leader and a follower of channel `news`, over the in-memory relay, in time that only moves on
 * request.
 */
export async function startManualFixture(limits: Partial<RelayLimits> = {}) {
  const clock = createManualClock()
  let stalledMs = 0
  const hub = createMemoryRelayHub({ clock: { ...clock, monotonicMs: () => clock.monotonicMs() + stalledMs } })
  const keys = createKeys('test:')
  const dropped: string[] = []
  const onDropped = (reason: string) => void dropped.push(reason)
  const leading = hub.relay({ keys, incarnation: 'leading', limits, onDropped })
  const following = hub.relay({ keys, incarnation: 'following', limits, onDropped })
  const publisher = leading.publisher('news', 1)
  const feed = feedFrom(publisher)
  await clock.advance(1)
  return {
    clock,
    hub,
    keys,
    leading,
    following,
    /** Why both sides dropped messages, in their order. */
    dropped,
    publisher,
    feed,
    follow: async () => {
      const recorder = recordFollower(following, 'news')
      await clock.advance(5)
      return recorder
    },
    /** Media at its own pace, 100 ms at a time. */
    async play(ms: number) {
      for (let played = 0; played < ms; played += 100) {
        feed.append(100)
        await clock.advance(100)
      }
    },
    /** Time passes while the process stalls: then timers run before data in the sockets is read. */
    stall: (ms: number) => {
      stalledMs += ms
    },
    /**
     * Loses messages of a kind: on the media channel `media`, `tick`, `end`; or `repair`; or
     * `requests`.
     */
    lose(isLost: (message: { readonly kind: string; readonly sequence: number }) => boolean) {
      hub.set({
        lose({ name, bytes }) {
          if (name === keys.channelRequests('news')) return isLost({ kind: 'requests', sequence: 0 })
          const message = decodeMessage(bytes)
          return message !== undefined && isLost(message)
        },
      })
    },
    heal: () => hub.set({ lose: () => false, isHanging: false, isAway: false }),
  }
}
