import { reportSources, type Source } from '@kptv/config'
import type { Logger } from '@kptv/logging'
import type { EdgeEvents } from '../events/edge-events.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Media } from './media.ts'
import type { Store } from './redis.ts'

/** What another catalogue, or other sources, change for what is in play and in memory. */
export function createAdoption(
  { book, logger }: EdgeParts,
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
    const streamsOf = async (channelId: string) => {
      const channel = await catalog.channel(channelId, generation)
      return channel && playable(channel)
    }
    registry.changeStreams(streamsOf).catch((error) => logger.warn({ error }, 'channels in play keep their streams'))
  }
  // Limits, logins and header fields of channels in play are those of the sources as they are now.
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
        () => void adoptSources().catch((error) => logger.warn({ error }, 'channels in play keep their sources')),
      )
      leaving.use(book)
      leaving.use(catalog.onChange(adoptGeneration))
      leaving.use(guide.onChange(expireTexts))
    },
  }
}

function warnOfUncheckedTls(sources: readonly Source[], logger: Logger): void {
  for (const { id: source, tls } of sources)
    if (tls === 'insecure') logger.warn({ source }, 'certificates are not checked for this source, as its settings say')
}
