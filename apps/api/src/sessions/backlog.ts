import type { MediaOrigin } from '@kptv/relay'
import type { OutputMedia } from '../cluster/shared-channel.ts'
import { isSameOrigin } from '../media/channel-output.ts'
import type { MediaRing } from '../media/media-ring.ts'

/** What a new leader says first: what was played here last, from a join point on. */
export type Backlog = {
  /** Call it before media is appended to the ring: what comes has this origin. */
  noteOrigin(origin: MediaOrigin | undefined): void
  /**
   * The ring from its newest join point on, if all of that has the origin of what was played last. Nothing where that is not known: then others
   * could not tell what of it they have had, and would play it again.
   */
  read(): OutputMedia | undefined
}

export function createBacklog(ring: MediaRing): Backlog {
  let latest: { readonly origin: MediaOrigin | undefined; readonly from: number } | undefined
  return {
    noteOrigin(origin) {
      if (!isSameOrigin(origin, latest?.origin)) latest = { origin, from: ring.head }
    },

    read() {
      const { newestJoinPoint } = ring
      if (latest?.origin === undefined || newestJoinPoint === undefined || newestJoinPoint < latest.from)
        return undefined
      return { packets: Buffer.concat(ring.readFromNewestJoinPoint()), joinPoints: [0], origin: latest.origin }
    },
  }
}
