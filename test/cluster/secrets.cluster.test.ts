import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread } from '@kptv/testkit'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { openEvents } from './support/open-events.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

const USER = 'CANARYuser77'
const PASSWORD = 'CANARY pass/77'

const HOSTS_IN_LISTS = ['127.0.0.1:9/', 'x.example', 'guide.example']
const PATHS_OF_THE_PAGE = [
  '/api/site',
  '/api/channels',
  '/api/channels?q=three',
  '/api/groups',
  '/api/imports',
  '/api/session',
  '/api/guide',
  '/api/guide/now',
  '/player_api.php',
  '/player_api.php?action=get_live_categories',
  '/player_api.php?action=get_live_streams',
  '/player_api.php?action=get_short_epg&stream_id=1',
  '/get.php?type=m3u_plus',
  '/xmltv.php',
]

/** A second source, from a file: its login, header fields and guide are as secret. */
const FILE_USER = 'CANARYfile88'
const FILE_PASSWORD = 'CANARYword88'
const FIELD_OF_LIST = 'CANARYfield-of-list'
const FIELD_OF_PLAY = 'CANARYfield-of-play'

let provider: FakeProvider
let fileProvider: FakeProvider
let cluster: Cluster
let folder: MadeFolder

beforeAll(async () => {
  provider = await startFakeProviderThread({
    accounts: [{ user: USER, password: PASSWORD, limit: 2 }],
    entries: [
      {
        streamId: '1',
        name: 'One',
        attributes: [['tvg-logo', `http://127.0.0.1:9/logo?u=${USER}&p=CANARY%20pass%2F77`]],
      },
      { streamId: '2', name: 'Two' },
    ],
  })
  fileProvider = await startFakeProviderThread({
    accounts: [{ user: FILE_USER, password: FILE_PASSWORD, limit: 1 }],
    entries: [
      {
        streamId: '3',
        name: `Three ${FIELD_OF_LIST}`,
        attributes: [
          ['group-title', `Group ${FIELD_OF_LIST}`],
          ['tvg-logo', `http://x.example/${FIELD_OF_PLAY}.png`],
        ],
      },
    ],
  })
  folder = await makeFolder()
  await folder.put('sources.yaml', fileOf('/first.xml'))
  cluster = await startCluster({
    sources: `${provider.playlistUrl()}|2`,
    settings: {
      DEBUG: 'true',
      HLS_SEGMENT: '2s',
      RETRY_DELAY: '50ms',
      BASE_URL: 'http://tv.example',
      SOURCES_FILE: folder.pathOf('sources.yaml'),
      WEBHOOKS: `${provider.url}/CANARYhook http://CANARYann:CANARYword@127.0.0.1:9/hook?key=CANARYkey`,
      WEBHOOKS_EVENTS: 'all',
    },
  })
}, 240_000)

const fileOf = (guide: string): string => `sources:
  - name: In a file
    url: ${fileProvider.playlistUrl()}
    listHeaders: { Authorization: Bearer ${FIELD_OF_LIST} }
    playHeaders: { X-Key: ${FIELD_OF_PLAY} }
    epgUrl: http://guide.example${guide}?username=${FILE_USER}&password=${FILE_PASSWORD}
`

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await Promise.all([provider?.stop(), fileProvider?.stop()])
  await folder?.[Symbol.asyncDispose]()
}, 90_000)

test('user name and password of a source are in no log line, response, header, metric, status, Redis key, value or job', async () => {
  const { edge, redis } = cluster
  const seen: string[] = []
  const shown: string[] = []
  const look = async (url: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(url, init)
    const text = await response.text()
    const whole = `${response.url} ${response.status} ${JSON.stringify([...response.headers])} ${text}`
    seen.push(whole)
    if (url.startsWith(edge.url)) shown.push(whole)
    return text
  }
  await using events = await openEvents(`${edge.adminUrl}/admin/events`)
  await eventually('both sources are served', async () => (await cluster.channelIds()).size === 3)
  const channels = await cluster.channelIds()
  const ids = ['One', 'Two'].map((name) => channels.get(name))
  const ofFile = await watch(`${edge.url}/stream/${channels.get('Three …')}`)
  await eventually('the channel of the file plays', () => ofFile.report().keyFrames >= 1)
  const viewer = await watch(`${edge.url}/stream/${ids[0]}`)
  await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
  seen.push(JSON.stringify(viewer.headers))
  await folder.put('sources.yaml', `${fileOf('/')}    ${FILE_PASSWORD}: ${FILE_USER}\n`)
  await eventually('the bad file is reported', async () => (await cluster.status()).sourcesFile.problems.length > 0)
  for (const path of ['/', '/playlist.m3u8', '/healthz', '/readyz', '/nothing', '/stream/nobody'])
    await look(edge.url + path)
  for (const path of PATHS_OF_THE_PAGE) await look(edge.url + path)
  for (const logo of await logosOf(edge.url)) {
    await look(edge.url + logo)
    await look(edge.adminUrl + logo)
  }
  const multivariant = await look(`${edge.url}/stream/${ids[0]}.m3u8`)
  const media = `${edge.url}/stream/${multivariant.trim().split('\n').at(-1)}`
  expect(await look(media)).toMatch(/^\d+\.ts$/m)
  for (const path of ['/status', '/metrics', '/admin/live']) await look(edge.adminUrl + path)
  await look(`${edge.adminUrl}/refresh`, { method: 'POST' })

  provider.setFaults({ refuseConnections: true })
  provider.cut('destroy')
  await viewer.waitForEnd({ deadlineMs: 30_000 })
  provider.setFaults({ status: { code: 403, body: `no, ${USER}` } })
  await look(`${edge.url}/stream/${ids[1]}`)
  fileProvider.setFaults({ playlist: { status: 403 } })
  provider.setFaults({ htmlInsteadOfMedia: true, playlist: { status: 403 } })
  await look(`${edge.url}/stream/${ids[0]}`)
  await look(`${edge.adminUrl}/refresh`, { method: 'POST' })
  await eventually(
    'the failed import is reported',
    async () => (await cluster.status()).sources[0]?.import.state === 'failed',
  )
  for (const path of ['/status', '/admin/live', '/admin/log']) await look(edge.adminUrl + path)
  for (const path of PATHS_OF_THE_PAGE) await look(edge.url + path)
  for (const url of [`${edge.url}/stream/${ids[1]}.m3u8`, media]) await look(url)
  for (const page of [`${edge.url}/`, `${edge.adminUrl}/`, `${edge.adminUrl}/openapi.json`]) await look(page)

  const stored: string[] = []
  for (const key of (await redis.command('KEYS', '*')) as string[]) {
    stored.push(key, JSON.stringify(await readKey(key)))
  }
  const [incarnation] = (await redis.command('ZRANGE', 'kptv:0:nodes', 0, -1)) as string[]
  const internalKey = String(await redis.command('HGET', `kptv:0:node:${incarnation}`, 'internalKey'))
  await edge.process.stop()
  await cluster.worker.stop()
  seen.push(edge.process.output(), cluster.worker.output(), events.text())

  const text = [...seen, ...stored].join('\n')
  expect(text).toContain('"level":"DEBUG"')
  expect(text.match(/.{0,80}CANARY.{0,80}/gi)).toBeNull()
  expect(text).toContain('In a file')
  // What viewers get does not even say where the channels come from.
  const hosts = [new URL(provider.playlistUrl()).host, new URL(fileProvider.playlistUrl()).host, ...HOSTS_IN_LISTS]
  for (const host of hosts) expect([host, shown.filter((answer) => answer.includes(host))]).toEqual([host, []])
  expect(shown.join('\n')).toMatch(/"name":"Three …"[\s\S]*"stream_type":"live"/)
  expect(events.text()).toMatch(/^event: all$[\s\S]*"phase"/m)
  // What edges sign with is for Redis alone.
  expect(internalKey).toMatch(/^\w{32}$/)
  expect(seen.join('\n')).not.toContain(internalKey)
  expect(text).not.toContain(Buffer.from(`${USER}:${PASSWORD}`).toString('base64'))
  // The judge can fail: the providers did get them.
  expect(provider.truth().requests.some(({ path }) => path.includes(USER))).toBe(true)
  const fields = fileProvider
    .truth()
    .requests.map(({ kind, headers }) => [kind, headers.authorization, headers['x-key']])
  expect(fields).toContainEqual(['playlist', `Bearer ${FIELD_OF_LIST}`, undefined])
  expect(fields).toContainEqual(['stream', undefined, FIELD_OF_PLAY])
}, 240_000)

/** Paths of all logos in the playlist. */
async function logosOf(base: string): Promise<readonly string[]> {
  const playlist = await (await fetch(`${base}/playlist.m3u8`)).text()
  const paths = [...playlist.matchAll(/tvg-logo="http:\/\/tv\.example([^"]+)"/g)].map(([, path = '']) => path)
  expect(paths).toHaveLength(2)
  return paths
}

async function readKey(key: string): Promise<unknown> {
  const { redis } = cluster
  switch (await redis.command('TYPE', key)) {
    case 'hash':
      return redis.command('HGETALL', key)
    case 'list':
      return redis.command('LRANGE', key, 0, -1)
    case 'zset':
      return redis.command('ZRANGE', key, 0, -1)
    case 'set':
      return redis.command('SMEMBERS', key)
    case 'stream':
      return redis.command('XRANGE', key, '-', '+')
    default:
      return redis.command('GET', key)
  }
}
