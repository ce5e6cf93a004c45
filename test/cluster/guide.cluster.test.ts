import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const HOUR_MS = 3_600_000
const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
/** As apps ask with an Xtream login. */
const APP_PATHS = [1, 2, 3, 4, 5].map((id) => `/player_api.php?action=get_simple_data_table&stream_id=${id}`)
const SECRET = 'canary-password-7'

/** The head of an image of 16 by 16. */
const PNG = Buffer.from(`89504e470d0a1a0a0000000d49484452${'00000010'.repeat(2)}0802000000`, 'hex')
const logoRequests: string[] = []

let provider: Server
let base: string
let cluster: Cluster
let guide: { readonly status: number; readonly body: string }

/** Hours from now, in a zone that is two hours ahead. */
const timeAt = (hours: number): string =>
  `${new Date(startMs + (hours + 2) * HOUR_MS).toISOString().slice(0, 19).replace(/[-T:]/g, '')} +0200`

function guideOf(word: string): string {
  const image = `<icon src="${base}/images/1.jpg"/><icon src="http://images.example/1.jpg"/>`
  const channels = [
    ['news.uk', 'News'],
    ['by.name', 'SPORT'],
    ['foreign', 'Foreign'],
  ].map(([id, name]) => `<channel id="${id}"><display-name>${name}</display-name></channel>`)
  const programmes = ['news.uk', 'by.name', 'foreign'].flatMap((id) =>
    Array.from({ length: 40 }, (_, hour) => {
      const times = `start="${timeAt(hour)}" stop="${timeAt(hour + 1)}"`
      return `<programme ${times} channel="${id}"><title>${word} &amp; ${hour}</title>${image}<live/></programme>`
    }),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<tv>${[...channels, ...programmes].join('\n')}</tv>`
}

beforeAll(async () => {
  provider = createServer((request, response) => {
    const login = `username=user&password=${SECRET}`
    if (request.url?.startsWith('/logos/')) {
      logoRequests.push(request.url)
      return void response.end(request.url.includes(SECRET) ? PNG : '<html>')
    }
    if (request.url?.startsWith('/xmltv.php')) return void response.writeHead(guide.status).end(guide.body)
    response.end(
      [
        `#EXTM3U x-tvg-url="${base}/xmltv.php?${login}"`,
        `#EXTINF:-1 tvg-id="news.uk" tvg-chno="1" tvg-logo="${base}/logos/${SECRET}/news.png",News\n${base}/live/user/${SECRET}/1.ts`,
        `#EXTINF:-1 tvg-chno="2" tvg-logo="${base}/logos/page.png" poster="${base}/sport.jpg",Sport\n${base}/live/user/${SECRET}/2.ts`,
        `#EXTINF:-1 tvg-chno="3",Silent\n${base}/live/user/${SECRET}/3.ts`,
      ].join('\n'),
    )
  })
  await new Promise<void>((resolve) => void provider.listen(0, '127.0.0.1', resolve))
  const { port } = provider.address() as AddressInfo
  base = `http://127.0.0.1:${port}`
  guide = { status: 200, body: guideOf('First') }
  const sources = `${base}/get.php?username=user&password=${SECRET}|1`
  cluster = await startCluster({ sources, edges: 2 })
})

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  provider?.closeAllConnections()
  provider?.close()
})

const read = async (edge = cluster.edge, path = '/guide.xml'): Promise<string> =>
  (await fetch(`${edge.url}${path}`)).text()
const titles = (text: string): string[] => [...text.matchAll(/<title>(.*?)<\/title>/g)].map(([, title = '']) => title)

test('every edge serves the same guide, named by its playlist, in UTC and with the ids of the playlist', async () => {
  await eventually('both edges serve programmes', async () => {
    const texts = await Promise.all(cluster.edges.map((edge) => read(edge)))
    return texts.every((text) => titles(text).length === 80)
  })
  const [first, second] = await Promise.all(cluster.edges.map((edge) => read(edge)))
  // Links begin with the address that was requested.
  expect(second?.replaceAll(cluster.edges[1]!.url, cluster.edges[0]!.url)).toBe(first)
  const playlist = await (await fetch(`${cluster.edge.url}/playlist.m3u8`)).text()
  const [, address = ''] = /url-tvg="([^"]+)"/.exec(playlist) ?? []
  expect(await (await fetch(address)).text()).toBe(first)
  const ids = [...playlist.matchAll(/tvg-id="([^"]+)"/g)].map(([, id]) => id)
  const guideIds = [...(first ?? '').matchAll(/<channel id="([^"]+)"/g)].map(([, id]) => id)
  // In the order of the playlist, without Silent, of which there are no programmes.
  expect(guideIds).toEqual([ids[0], ids[2]])
  const utc = new Date(startMs).toISOString().slice(0, 19).replace(/[-T:]/g, '')
  expect(first).toContain(`<programme start="${utc} +0000"`)
  expect(first).not.toContain(SECRET)
  const { guide: status } = await cluster.status()
  expect(status).toMatchObject({
    withProgrammes: 2,
    programmes: 80,
    guides: [{ state: 'ok', channels: 3, programmes: 120, matched: { 'tvg-id': 1, name: 1 } }],
  })
  expect(JSON.stringify(status)).not.toContain(SECRET)
  expect(first).not.toContain('Foreign')
})

test('the cluster fetches each logo once; no form of playlist or guide names the provider', async () => {
  const playlist = await (await fetch(`${cluster.edge.url}/playlist.m3u8`)).text()
  const text = await read()
  const { host } = new URL(base)
  const [channel] = playlist.match(/(?<=\/stream\/)\w{16}/) ?? []
  const paths = [`/api/guide?channels=${channel}`, `/api/guide/now?channels=${channel}`, '/xmltv.php', '/api/channels']
  const answers = await Promise.all(
    [...paths, ...APP_PATHS].map(async (path) => [path, await read(cluster.edge, path)] as const),
  )
  for (const [path, answer] of answers) {
    expect([path, answer]).toEqual([path, expect.not.stringContaining(host)])
    expect([path, answer]).toEqual([path, expect.not.stringContaining(SECRET)])
  }
  // The judge can fail: these do have programmes.
  for (const [path, answer] of answers.slice(0, 3))
    expect([path, answer]).toEqual([path, expect.stringContaining('First')])
  expect(`${playlist}${text}`).not.toContain(host)
  expect(text).toContain('http://images.example/1.jpg')
  const logos = [...playlist.matchAll(/tvg-logo="(.*?)"/g)].map(([, logo = '']) => logo)
  expect(logos).toHaveLength(2)
  expect([...text.matchAll(/<icon src="([^"]*\/logo\/.*?)"/g)].map(([, icon]) => icon)).toEqual(logos)
  const types = async (edge: typeof cluster.edge) =>
    Promise.all(
      logos.map(async (logo) => (await fetch(`${edge.url}${new URL(logo).pathname}`)).headers.get('content-type')),
    )
  expect(await types(cluster.edges[0]!)).toEqual(['image/png', 'image/svg+xml'])
  expect(await types(cluster.edges[1]!)).toEqual(['image/png', 'image/svg+xml'])
  expect(logoRequests.filter((path) => path.endsWith('/news.png'))).toHaveLength(1)
})

test('comes as a .gz file, in part, and not at all for a player that has it', async () => {
  const file = await fetch(`${cluster.edge.url}/guide.xml.gz`, { headers: { 'Accept-Encoding': 'identity' } })
  expect(gunzipSync(Buffer.from(await file.arrayBuffer())).toString()).toBe(await read())
  const part = await read(cluster.edge, '/guide.xml?q=sport')
  expect(part.match(/<channel /g)).toHaveLength(1)
  const etag = (await fetch(`${cluster.edge.url}/guide.xml`)).headers.get('etag') ?? ''
  const again = await fetch(`${cluster.edge.url}/guide.xml`, { headers: { 'If-None-Match': etag } })
  expect(again.status).toBe(304)
})

const hasValidator = spawnSync('tv_validate_file', ['--help']).error === undefined
if (!hasValidator) console.log('tv_validate_file is not installed, so it does not judge the guide')
const testWithValidator = hasValidator ? test : test.skip

testWithValidator('tv_validate_file accepts it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kptv-guide-'))
  writeFileSync(`${folder}/guide.xml`, await read())
  const env = { ...process.env, XMLTV_SUPPLEMENT: '/usr/share/xmltv' }
  const { status, stdout, stderr } = spawnSync('tv_validate_file', [`${folder}/guide.xml`], { env })
  rmSync(folder, { recursive: true, force: true })
  expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0 })
})

test('a bad guide changes nothing, and the next good one is served, even across kills of the worker', async () => {
  const before = await read()
  // A worker that starts reads all guides.
  let { worker } = cluster
  guide = { status: 200, body: '<html>Sign in</html>' }
  worker.killGroup()
  worker = await cluster.startWorker()
  await worker.waitForLine('guide-not-xmltv')
  expect(await read()).toBe(before)
  guide = { status: 200, body: guideOf('Second') }
  await worker.stop()
  await cluster.startWorker()
  // A job whose worker was killed comes back after its lock and two checks.
  await eventually('the next guide is served', async () => titles(await read()).includes('Second &amp; 0'), {
    deadlineMs: 120_000,
  })
}, 240_000)
