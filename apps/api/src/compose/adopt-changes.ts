import { reportSources, reportUsers, type Source } from '@kptv/config'
import type { Logger } from '@kptv/logging'
import type { EdgeEvents } from '../events/edge-events.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Media } from './media.ts'
import type { Store } from './redis.ts'

/** Applies a new catalogue, or new sources, to channels in play and to caches. */
export function createAdoption(
  { book, users, logger }: EdgeParts,
  { catalog, guide }: Store,
  { registry, playable }: Media,
  { rendered, events }: { readonly rendered: ReadonlyArray<{ expire(): void }>; readonly events: EdgeEvents },
) {
  const expireTexts = (): void => {
    for (const texts of rendered) texts.expire()
  }
  const adoptGeneration = (generation: number): void => {
    expireTexts()
    events.emit({ type: 'catalog-adopted', generation })
    const readChannel = async (channelId: string) => {
      const channel = await catalog.channel(channelId, generation)
      return channel && { name: channel.name, streams: playable(channel) }
    }
    registry
      .adopt(readChannel)
      .catch((error) => logger.warn({ error }, 'updating the streams of channels in play failed'))
  }
  // Gives channels in play the current limits, logins and header fields of their sources.
  const adoptSources = async (): Promise<void> => {
    reportSources(book, logger)
    warnOfUncheckedTls(book.current(), logger)
    const generation = await catalog.currentGeneration()
    if (generation !== undefined) adoptGeneration(generation)
  }
  return {
    /** From now on. */
    start(leaving: AsyncDisposableStack): void {
      warnOfUncheckedTls(book.current(), logger)
      book.onChange(
        () =>
          void adoptSources().catch((error) =>
            logger.warn({ error }, 'updating the sources of channels in play failed'),
          ),
      )
      users.onChange(() => reportUsers(users, logger))
      leaving.use(book)
      leaving.use(users)
      leaving.use(catalog.onChange(adoptGeneration))
      leaving.use(guide.onChange(expireTexts))
    },
  }
}

function warnOfUncheckedTls(sources: readonly Source[], logger: Logger): void {
  for (const { id: source, tls } of sources)
    if (tls === 'insecure') logger.warn({ source }, 'certificates of this source are not checked, as configured')
}
