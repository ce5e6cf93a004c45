import { createLogoStore } from '@kptv/catalog'
import { createLogoFetcher } from '../outputs/logo/fetch-logo.ts'
import { createLogoImages } from '../outputs/logo/logo-images.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Media } from './media.ts'
import type { Store } from './redis.ts'

/** The images of channels. */
export function composeLogos({ settings }: EdgeParts, { redis, keys }: Store, { allowAddress, loopMark }: Media) {
  return createLogoImages({
    fetchLogo: createLogoFetcher({ settings, allowAddress, loopMark }),
    store: createLogoStore({ redis, keys, maxBytes: settings.logoCacheSizeBytes }),
  })
}
