import { key } from './key.ts'

/** Images of channels, fetched by edges for all of them. */
export const LOGO_KEYS = {
  logoImages: key('{logos}:images', {
    type: 'hash',
    holds: 'digest of a logo’s sealed address and of the week → the image as it was fetched',
    lifetime: 'until LOGO_CACHE_SIZE needs its room; a week without a new image',
    writer: 'edge',
    readers: 'edge',
  }),
  logoAges: key('{logos}:ages', {
    type: 'sorted set',
    holds: 'digest of each kept image, by the time it was fetched (Unix ms)',
    lifetime: 'as the images',
    writer: 'edge',
    readers: 'edge',
  }),
  logoBytes: key('{logos}:bytes', {
    type: 'string',
    holds: 'size of all kept images together',
    lifetime: 'as the images',
    writer: 'edge',
    readers: 'edge',
  }),
}
