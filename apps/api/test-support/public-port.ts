import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { brotliCompressSync } from 'node:zlib'
import type { CatalogChannel, Numbered } from '@kptv/catalog'
import { parseSources } from '@kptv/config'
import type { ErrorCode } from '@kptv/contract'
import { nullLogger } from '@kptv/logging'
import type { Express } from 'express'
import { createProgrammeReader } from '../src/outputs/guide/read-programmes.ts'
import { createDevices } from '../src/outputs/hdhomerun/devices.ts'
import type { ChannelSearch } from '../src/page/channels/channel-search.ts'
import { createPublicApp, type PublicAppOptions } from '../src/ports/public-app.ts'
import { QueueFullError } from '../src/rendered/bounded-queue.ts'
import { type ChannelView, keyOfView } from '../src/rendered/channel-view.ts'
import { createRenderedCache } from '../src/rendered/rendered-cache.ts'
import { judgeReadiness } from '../src/status/readiness.ts'
import { EVERYONE } from '../src/users/caller.ts'
import { inMemoryFiles } from './in-memory-files.ts'

export type PublicPort = AsyncDisposable & {
  /** Without a slash at the end. */
  readonly base: string
  /** Channels for which a session was opened. */
  readonly entered: string[]
  /** Of all routes, as OpenAPI writes them. */
  readonly paths: readonly string[]
  setReadiness(change: Partial<typeof WELL>): void
  /** Sends exactly these bytes, and returns the whole response. */
  raw(request: string): Promise<string>
}

/** Facts of a node that may get viewers. */
export const WELL = {
  redis: true,
  redisRefuses: false,
  redisSilentMs: 0,
  peersSilentMs: [],
  catalog: true,
  warm: true,
  draining: false,
}

const MADE_UP_PAGE = new Map(
  Object.entries({
    'index.html': 'text/html; charset=utf-8',
    'admin.html': 'text/html; charset=utf-8',
    'assets/watch-1a2b3c4d.js': 'text/javascript',
  }).map(([path, type]) => [path, { type, plain: Buffer.from(`<${path}>`), brotli: brotliCompressSync(`<${path}>`) }]),
)

const madeUpSearch: ChannelSearch = {
  async find({ text = '' }) {
    if (text === 'busy') throw new QueueFullError('full')
    if (text === 'away') throw new Error('Redis is away')
    const channel = {
      id: 'news',
      name: `<script>alert(1)</script>${text}`,
      number: '7',
      group: 'A & B',
      file: null,
      logo: false,
    }
    return { channels: [channel], matching: 120, searched: 120, complete: true }
  },
  groups: async () => ({ groups: [{ name: 'A & B', channels: 1 }], complete: true }),
}

const MADE_UP_CHANNELS: readonly CatalogChannel[] = [
  {
    id: 'news',
    name: 'News',
    attributes: [
      ['group-title', 'News;UK'],
      ['tvg-chno', '7'],
      ['tvg-id', 'news.uk'],
      ['tvg-logo', 'http://tv.example/logo.png'],
    ],
    streams: [{ id: 's1', sourceId: 'tv-example', url: 'http://tv.example/1', headers: [] }],
  },
  { id: 'ends.ts', name: 'Other "one"', attributes: [], streams: [] },
]
const MADE_UP_CATALOG: PublicAppOptions['catalog'] = {
  currentGeneration: async () => 1,
  channel: async (id) => MADE_UP_CHANNELS.find((channel) => channel.id === id),
  async *channelsInOrder() {
    yield* MADE_UP_CHANNELS
  },
}
const MADE_UP_NUMBERS: readonly Numbered[] = [
  'channel:news',
  'channel:ends.ts',
  'group:News',
  'group:UK',
  'group:Other',
  'channel:gone',
]

function optionsOf(entered: string[], readiness: PublicAppOptions['readiness']): PublicAppOptions {
  return {
    hls: undefined,
    admin: undefined,
    lookup: {
      async find(idOrName) {
        if (idOrName === 'away') throw new Error('Redis is away')
        if (idOrName === 'early') return { refused: 'catalog-missing' }
        return ['news', 'Größe 1', 'a/b', 'ends.ts'].includes(idOrName) || idOrName.startsWith('refuse-')
          ? { channelId: idOrName }
          : { refused: 'unknown-channel' }
      },
      async openSession({ channelId }) {
        entered.push(channelId)
        return { refused: channelId.replace('refuse-', '') as ErrorCode }
      },
    },
    isOurs: async (via) => via === '1.1 kptv-ours',
    playlists: madeUpTexts('#EXTM3U'),
    guides: madeUpTexts('<tv>'),
    programmes: createProgrammeReader({ current: async () => undefined, async *programmes() {} }),
    access: {
      isOpen: () => true,
      isToken: () => false,
      admit: async () => EVERYONE,
      logIn: async () => ({ refused: 'wrong-login' }),
    },
    watching: {
      begin: async () => ({ stopped: () => undefined }),
      admitPlayer: async () => undefined,
      count: async () => 0,
    },
    page: { find: (path) => MADE_UP_PAGE.get(path) },
    logoImages: { find: async () => undefined },
    imports: async () => ({ sources: 1, running: 1, failed: 0, entries: 12 }),
    version: '1.2.3',
    searchOf: () => madeUpSearch,
    catalog: MADE_UP_CATALOG,
    numbers: {
      numbersOf: async (things) => things.map((thing) => MADE_UP_NUMBERS.indexOf(thing) + 1),
      thingOf: async (number) => MADE_UP_NUMBERS[number - 1],
    },
    playable: () => [],
    foundFiles: inMemoryFiles(new Map()),
    panelDetails: { series: async () => undefined, movie: async () => undefined },
    players: { open: async () => ({ refused: 'sources-full' }) },
    zones: async () => new Map(),
    devices: createDevices({
      catalog: MADE_UP_CATALOG,
      numbers: { numbersOf: async (things) => things.map(() => 12_345) },
    }),
    deviceSeed: async () => 'seed',
    readiness,
    baseUrl: undefined,
    sources: () => parseSources('http://tv.example/').sources,
    trustedProxies: [],
    logger: nullLogger,
  }
}

/** The public port over channels that are found by their names, with a fake playlist and search. */
export async function startPublicPort(change: Partial<PublicAppOptions> = {}): Promise<PublicPort> {
  const entered: string[] = []
  let readiness = judgeReadiness(WELL)
  const app = createPublicApp({ ...optionsOf(entered, () => readiness), ...change })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${portOf(server)}`,
    entered,
    paths: pathsOf(app),
    setReadiness(facts) {
      readiness = judgeReadiness({ ...WELL, ...facts })
    },
    raw: (request) => sendRaw(portOf(server), request),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** The routes of an app, as OpenAPI writes them. */
function pathsOf(app: Express): string[] {
  const routes = app.router.stack.flatMap(({ route }) => (route === undefined ? [] : [route.path]))
  return [...new Set(routes.flat())].map((path) => path.replaceAll(/:(\w+)/g, '{$1}'))
}

/** Texts that show their view. */
function madeUpTexts(firstLine: string) {
  return createRenderedCache<ChannelView>({
    keyOf: keyOfView,
    currentGeneration: async () => 1,
    async *render(_generation, { base, ...view }) {
      const part = Object.keys(view).length === 0 ? '' : JSON.stringify(view)
      yield `${firstLine}\n#EXTINF:-1,News\n${base}/stream/news.ts\n${part}`
    },
    keepMs: 60_000,
    monotonicMs: () => 0,
  })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function sendRaw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(request))
    socket.on('data', (bytes) => {
      answer += bytes
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
