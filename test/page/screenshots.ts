/**
 * `npm run screenshots`: the images of the page in the documents, of a cluster of two edges with
 * made-up channels.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually, openViewer, startFakeProvider, startProcess } from '@kptv/testkit'
import type { Page } from 'playwright-core'
import { startCluster } from '../cluster/support/start-cluster.ts'
import { LOOKS, openBrowser, openPage } from './open-browser.ts'

const [LIGHT, DARK, , NARROW] = LOOKS
const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const NAMES = {
  News: ['Morning News', 'World Report', 'Channel Four', 'Parliament Live', 'Business Today'],
  Sport: ['Arena One', 'Arena Two', 'Motor', 'Winter Sports'],
  Culture: ['Concert Hall', 'Stage', 'Documentary', 'Nature', 'History'],
  Regional: ['Northern', 'Southern', 'City', 'Harbour'],
}

const PLAYERS = ['VLC/3.0.21 LibVLC/3.0.21', 'TiviMate/5.1.6', 'Kodi/21.2']
const SOURCE_NAMES = ['Harbour TV', 'Blue Sky', 'Northern Light']

function describeSource(source: string, index: number): string {
  const [url, limit] = source.split('|')
  return `  - { name: ${SOURCE_NAMES[index]}, url: '${url}', limit: ${limit} }\n`
}

await using running = new AsyncDisposableStack()
const build = await startProcess({ file: new URL('../../apps/page/build.ts', import.meta.url) })
await build.waitForExit({ deadlineMs: 120_000 })
const entries = Object.entries(NAMES).flatMap(([group, names]) =>
  names.map((name) => ({
    streamId: name.toLowerCase().replaceAll(' ', '-'),
    name,
    attributes: [['group-title', group] as const],
  })),
)
const provider = running.use(await startFakeProvider({ entries }))
const demo = await startProcess({ file: new URL('../../apps/demo/src/main.ts', import.meta.url) })
running.defer(async () => void (await demo.stop()))
const { text: ofDemo } = await demo.waitForLine(/\|/)
const folder = await mkdtemp(join(tmpdir(), 'kptv-screenshots-'))
running.defer(() => rm(folder, { recursive: true, force: true }))
const SOURCES_FILE = join(folder, 'sources.yaml')
const addresses = [...ofDemo.split(','), `${provider.playlistUrl()}|2`]
await writeFile(SOURCES_FILE, `sources:\n${addresses.map(describeSource).join('')}`)
const cluster = running.use(await startCluster({ sources: '', edges: 2, settings: { SOURCES_FILE } }))

const ids = await cluster.channelIds()
for (const [index, name] of ['Demo Red', 'Demo Green', 'Demo Green', 'Demo Red', 'Arena One', 'Demo Red'].entries()) {
  const agent = PLAYERS[index % PLAYERS.length]!
  const viewer = await openViewer(`${cluster.edges[index % 2]!.url}/stream/${ids.get(name)}`, {
    headers: { 'User-Agent': agent },
  })
  running.defer(() => viewer.close())
  await eventually(`${name} plays`, () => viewer.report().packets > 0)
}

const browser = await openBrowser()
running.defer(() => browser.close())

async function shoot(
  file: string,
  address: string,
  look: (typeof LOOKS)[number],
  prepare: (page: Page) => Promise<unknown>,
) {
  const { page, complaints } = await openPage(browser, new URL(address).origin, look)
  await page.goto(address)
  await prepare(page)
  await page.screenshot({ path: `${FOLDER}${file}.png` })
  await page.close()
  for (const complaint of complaints) console.log(`${file}: ${complaint}`)
}

const channels = `${cluster.edge.url}/#/channels`
await shoot('channels', channels, LIGHT, (page) => page.getByText('Arena One').first().waitFor())
await shoot('player', channels, DARK, async (page) => {
  await page.getByRole('button', { name: 'Demo Blue' }).click()
  await page.getByText('H.264').waitFor()
})
await shoot('phone', channels, NARROW, (page) => page.getByText('Arena One').first().waitFor())
await shoot('players', `${cluster.edge.url}/#/players`, LIGHT, (page) => page.getByText('playlist.m3u8').waitFor())
for (const [file, look] of [
  ['live', LIGHT],
  ['live-dark', DARK],
  ['live-phone', NARROW],
] as const) {
  await shoot(file, `${cluster.edge.adminUrl}/#/live`, look, async (page) => {
    await page.getByText('Demo Red').first().waitFor()
    // The line of the rates needs some of the last minute.
    await page.waitForTimeout(12_000)
  })
}
await shoot('channel-open', `${cluster.edge.adminUrl}/#/live`, LIGHT, async (page) => {
  await page.getByRole('button', { name: 'Demo Red' }).click()
  await page.locator('.viewers tbody tr').nth(1).waitFor()
  await page.locator('.opened').evaluate((opened) => opened.scrollIntoView({ block: 'end' }))
})
await shoot('settings', `${cluster.edge.adminUrl}/#/settings`, DARK, (page) => page.getByText('Node.js').waitFor())
console.log(`screenshots: ${FOLDER}`)
