/** What a part of the workspace may import besides its own files and `node:` modules. */
export type Rule = {
  readonly workspace: readonly string[]
  readonly thirdParty: readonly string[]
  /** No I/O, no clock, no third party: of Node only `node:buffer`. */
  readonly pure?: boolean
}

const PURE: Rule = { workspace: [], thirdParty: [], pure: true }

/**
 * The dependency table of docs/architecture.md: an import that is not here is refused. Nothing
 * imports upwards or sideways.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  'packages/addresses': PURE,
  // Knows what in an address is a credential; statistics of languages are not ours.
  'packages/playlist': { workspace: ['addresses'], thirdParty: ['chardet'], pure: true },
  'packages/mpegts': PURE,
  'packages/hls': PURE,
  'packages/mp4': PURE,
  'packages/failover': PURE,
  // XML is not ours to parse; of all else it is as pure as those above.
  'packages/guide': { workspace: [], thirdParty: ['saxes'], pure: true },
  'packages/contract': { workspace: [], thirdParty: ['zod'] },
  'packages/config': { workspace: ['addresses'], thirdParty: ['re2js', 'yaml', 'zod'] },
  'packages/logging': { workspace: [], thirdParty: ['pino'] },
  // Time as a parameter, and the one clock that runs by itself.
  'packages/clock': { workspace: [], thirdParty: [] },
  'packages/redis': { workspace: ['addresses'], thirdParty: ['ioredis'] },
  // What it reads is understood by the pure packages below it.
  'packages/upstream': {
    workspace: ['addresses', 'hls', 'mpegts'],
    thirdParty: ['got', 'ipaddr.js', 'iso-639-2', 'tough-cookie'],
  },
  'packages/jobs': { workspace: [], thirdParty: ['bullmq', 'ioredis'] },
  'packages/coordination': { workspace: ['clock', 'redis'], thirdParty: [] },
  // The page shares them; of the contract it takes types alone.
  'packages/sentences': { workspace: ['contract'], thirdParty: [] },
  'packages/events': { workspace: ['contract', 'redis'], thirdParty: [] },
  'packages/relay': { workspace: ['clock', 'mpegts', 'redis'], thirdParty: [] },
  'packages/catalog': { workspace: ['addresses', 'redis', 'playlist', 'guide'], thirdParty: [] },
  // Only ever a development dependency, and the judge of the product: it must not be made of the
  // product.
  'packages/testkit': { workspace: [], thirdParty: ['@redis/client', '@testcontainers/redis'] },
  'apps/api': {
    workspace: [
      'addresses',
      'catalog',
      'clock',
      'config',
      'contract',
      'coordination',
      'events',
      'failover',
      'guide',
      'hls',
      'jobs',
      'logging',
      'mp4',
      'mpegts',
      'playlist',
      'redis',
      'relay',
      'sentences',
      'upstream',
    ],
    thirdParty: [
      'express',
      'express-rate-limit',
      'forwarded-parse',
      'lru-cache',
      'p-limit',
      'prom-client',
      'rate-limiter-flexible',
    ],
  },
  'apps/worker': {
    workspace: [
      'addresses',
      'catalog',
      'config',
      'contract',
      'coordination',
      'events',
      'guide',
      'jobs',
      'logging',
      'playlist',
      'redis',
      'sentences',
      'upstream',
    ],
    // Reads the lists of Xtream panels as a stream.
    thirdParty: ['@streamparser/json'],
  },
  'apps/cli': { workspace: ['config', 'contract'], thirdParty: [] },
  // Of the contract it takes types alone. All else but the builder goes into what browsers load.
  'apps/page': {
    workspace: ['contract', 'sentences'],
    thirdParty: ['@preact/signals', 'hls.js', 'mpegts.js', 'preact', 'uqr', 'vite'],
  },
  'apps/demo': { workspace: ['mpegts'], thirdParty: [] },
  test: {
    workspace: ['testkit', 'redis', 'contract'],
    thirdParty: ['@iptv/xtream-api', 'axe-core', 'hls.js', 'iptv-playlist-parser', 'playwright-core'],
  },
  // Measures the pure packages and the relay by themselves, and the rest from outside, as
  // processes.
  bench: {
    workspace: ['testkit', 'contract', 'guide', 'playlist', 'mpegts', 'redis', 'relay', 'upstream'],
    // The parser that the scanner of guides is measured beside.
    thirdParty: ['saxes'],
  },
}

/**
 * The storeys of the edge, from the top down: a folder of `apps/api/src` may import only from
 * lower storeys. Files in the root of `src` build everything and may import anything.
 */
export const EDGE_STOREYS: ReadonlyArray<readonly string[]> = [
  ['ports'],
  ['outputs', 'page'],
  ['packaging', 'orders'],
  ['users', 'status', 'rendered', 'sessions', 'direct'],
  ['events', 'cluster'],
  ['providers'],
  ['media'],
  ['http'],
  ['supervisor'],
]

/** Folders of the edge whose own folders know nothing of one another. */
export const EDGE_HOUSES: readonly string[] = ['outputs', 'page']
/** No folder of the edge may hold a larger part of its lines: then it should be two. */
export const MAX_EDGE_SHARE = 0.2

/** Tests may also use these, in every part that declares them. */
export const TEST_RULE: Rule = {
  workspace: ['testkit'],
  thirdParty: ['@iptv/xmltv', '@jest/globals', 'fast-check', 'm3u8-parser'],
}

export const ALLOWED_IN_PURE: readonly string[] = ['node:buffer']
export const MAX_LINES = 300
export const MAX_LUA_LINES = 39
/** The formatter keeps code within its width, but leaves comments alone. */
export const MAX_COMMENT_COLUMNS = 100
/** Other words for an upper bound, see docs/style.md. */
export const RETIRED_CONSTANT = /\b(?:MOST|LONGEST|MAXIMUM|LARGEST)_(?=[A-Z])/
export const VAGUE_NAME = /^(utils?|helpers?|common|misc|shared|lib|stuff|data|toolchain)$/i
