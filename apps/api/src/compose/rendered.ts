import type { Metrics } from '../events/metrics.ts'
import { fillWindow, guideEdition } from '../outputs/guide/guide-edition.ts'
import { createProgrammeReader } from '../outputs/guide/read-programmes.ts'
import { renderGuide } from '../outputs/guide/render-guide.ts'
import { createDevices } from '../outputs/hdhomerun/devices.ts'
import { renderPlaylist } from '../outputs/m3u/render-playlist.ts'
import { createChannelSearch } from '../page/channels/channel-search.ts'
import { type ChannelView, isWhole, keyOfView } from '../rendered/channel-view.ts'
import { createRenderedCache, type RenderedCache, type RenderedCacheOptions } from '../rendered/rendered-cache.ts'
import { createBySight } from '../rendered/seen-catalog.ts'
import { splitCache } from '../rendered/split-cache.ts'
import type { EdgeParts } from './edge-parts.ts'
import { createEventNames } from './event-names.ts'
import type { Store } from './redis.ts'

type Content = Pick<RenderedCacheOptions<ChannelView>, 'currentGeneration' | 'render' | 'keyOf'>

/**
 * The texts made of the catalogue for many readers: playlists, guides, and the index for searches.
 */
export function composeRendered(
  { settings, book }: EdgeParts,
  { catalog, guide, tunerNumbers }: Store,
  metrics: Metrics,
) {
  const countUse = (kind: string) => (use: 'hit' | 'miss') =>
    (use === 'hit' ? metrics.cacheHits : metrics.cacheMisses).inc({ kind })

  const createCache = (kind: string, content: Content): RenderedCache<ChannelView> =>
    createRenderedCache({
      ...content,
      keepMs: settings.cacheEnabled ? settings.cacheDurationMs : 0,
      monotonicMs: () => performance.now(),
      onUse: countUse(kind),
    })
  // Requests for parts, which anyone can invent, neither delay the whole text nor evict it.
  const createCaches = (kind: string, content: Content): RenderedCache<ChannelView> =>
    splitCache(isWhole, createCache(kind, content), createCache(kind, content))

  const fill = () => (settings.guideFill ? fillWindow(Date.now(), settings.guideDays) : undefined)

  const events = createEventNames(book)

  return {
    playlists: createCaches('playlist', {
      keyOf: keyOfView,
      currentGeneration: () => catalog.currentGeneration(),
      render: (generation, view) => renderPlaylist(catalog, generation, view),
    }),
    guides: createCaches('guide', {
      keyOf: (view) => `${keyOfView(view)}${settings.guideFill ? events().digest : ''}`,
      currentGeneration: () => guideEdition(catalog, guide, fill()),
      render: (_edition, view) => renderGuide({ catalog, guide, fill: fill(), events: events().patterns }, view),
    }),
    programmes: createProgrammeReader(guide),
    devices: createDevices({ catalog, numbers: tunerNumbers }),
    searchOf: createBySight(catalog, (seen) =>
      createChannelSearch({
        catalog: seen,
        countAll: seen === catalog ? async (generation) => (await catalog.info(generation))?.channels : undefined,
        onUse: countUse('search'),
      }),
    ),
  }
}
