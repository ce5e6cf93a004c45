import { systemClock } from '@kptv/clock'
import type { EdgeEvent } from '../events/edge-events.ts'
import { answerReports } from '../status/live/answer-reports.ts'
import { createChannelNames } from '../status/live/channel-names.ts'
import { LiveFeed } from '../status/live/live-feed.ts'
import { readLiveSources } from '../status/live/live-sources.ts'
import { createNodeReporter } from '../status/live/node-reporter.ts'
import { VERSION } from '../version.ts'
import type { Membership } from './cluster.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Media } from './media.ts'
import type { Store } from './redis.ts'

/** What people want to see at once. */
const CHANGES: ReadonlySet<EdgeEvent['type']> = new Set([
  'lead-taken',
  'stream-playing',
  'stream-failed',
  'channel-ended',
  'node-drains',
])

/** The cluster live, for the page of operators. */
export function composeLive(
  { settings, book, users }: EdgeParts,
  { redis, subscriber, keys, catalog, lists, log }: Store,
  { cluster }: Membership,
  { registry, players, figures, events }: Media,
  isDraining: () => boolean,
) {
  const startedAt = Date.now()
  const report = createNodeReporter({
    identity: () => ({
      incarnation: cluster.incarnation.id,
      node: settings.nodeId,
      version: VERSION,
      state: isDraining() ? 'draining' : 'serving',
      startedAt,
    }),
    registry,
    direct: () => players.playing,
    figures,
    nowMs: Date.now,
  })
  const feed = new LiveFeed({
    redis,
    subscriber,
    keys,
    sources: () => readLiveSources(book.current(), { lists, slots: cluster.slots }),
    notices: () => [...book.problems(), ...users.problems()],
    log,
    about: createChannelNames(catalog),
    isEnded: cluster.isEnded,
    nowMs: Date.now,
    clock: systemClock,
  })
  const onChange = (listener: () => void): void => {
    events.listen(({ type }) => {
      if (CHANGES.has(type)) listener()
    })
  }
  return {
    feed,
    start: () => answerReports({ redis, subscriber, keys, report, onChange, clock: systemClock }),
  }
}
