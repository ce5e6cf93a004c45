import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  hasPrograms,
  type StartedProcess,
  startFakeProviderThread,
  startProcess,
} from '@kptv/testkit'
import type { Browser, Page } from 'playwright-core'
import {
  CHROMIUM,
  countAnimations,
  findBarriers,
  findBarriersInAllLooks,
  findUnreachable,
  LOOKS,
  openBrowser,
  openPage,
  sidewaysScroll,
} from '../page/open-browser.ts'
import { MOVIE_SECONDS, makeMovie } from './support/make-movie.ts'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'
import { leaveAll, watchSoon } from './support/watch.ts'

const PASSWORD = 'CANARY of operators'
const MAX_FIRST_LOAD_BYTES = 45 * 1024
const BUILD = new URL('../../apps/page/build.ts', import.meta.url)
const DEMO = new URL('../../apps/demo/src/main.ts', import.meta.url)

const hasFfmpeg = hasPrograms('ffmpeg')
const MOVIES = `#EXTM3U
#EXTINF:-1 group-title="Movies",Test Card
{{base}}/movie/{{user}}/{{password}}/1.mp4
`

let folder: string
let movies: FakeProvider
let demo: StartedProcess
let cluster: Cluster

beforeAll(async () => {
  const build = await startProcess({ file: BUILD, name: 'build of the page' })
  expect(await build.waitForExit({ deadlineMs: 120_000 })).toMatchObject({ code: 0 })
  demo = await startProcess({ file: DEMO, name: 'demo provider' })
  const { text: demoSources } = await demo.waitForLine(/\|/)
  folder = await mkdtemp(join(tmpdir(), 'kptv-page-'))
  const media = hasFfmpeg ? await makeMovie(join(folder, 'movie.mp4')) : ({ kind: 'bytes', sizeBytes: 1_000 } as const)
  movies = await startFakeProviderThread({
    playlist: { body: MOVIES },
    entries: [{ streamId: '1', name: 'Test Card', kind: 'movie', media }],
  })
  const sources = `${demoSources},${movies.playlistUrl()}|1`
  cluster = await startCluster({ sources, edges: 2, settings: { ADMIN_PASSWORD: PASSWORD } })
}, 240_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await demo?.stop()
  await movies?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
}, 90_000)

test('the first load is small, without the player', async () => {
  const { url } = cluster.edge
  const html = await (await fetch(url)).text()
  const assets = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path)
  expect(assets.length).toBeGreaterThan(1)
  const bodies = await Promise.all(assets.map(async (path) => (await fetch(`${url}/${path}`)).text()))
  const bytes = [html, ...bodies].reduce((sum, body) => sum + gzipSync(body).length, 0)
  expect(bytes).toBeLessThan(MAX_FIRST_LOAD_BYTES)
})

const describeWithBrowser = CHROMIUM === undefined ? describe.skip : describe

function videoTimeOf(page: Page): Promise<number> {
  return page.locator('video').evaluate((video) => (video as never as { currentTime: number }).currentTime)
}

/** The video goes on for longer than what was loaded before. */
async function expectToPlayOn(page: Page): Promise<void> {
  const before = await videoTimeOf(page)
  await eventually('the video runs on', async () => (await videoTimeOf(page)) > before + 8, { deadlineMs: 90_000 })
}

/**
 * Opens the row, asks for its end and for another leader, thinks better of both, changes the source
 * instead, and ends the viewer that is no browser.
 */
async function orderFromOpenRow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Demo Red', exact: true }).press('Enter')
  await page.getByText('stream 1 of 2 ·').waitFor()
  const viewers = page.locator('.viewers tbody tr')
  await viewers.nth(1).waitFor()
  expect(await findBarriersInAllLooks(page)).toEqual([])
  await page.getByRole('button', { name: 'Stop' }).press('Enter')
  await page.getByRole('dialog', { name: 'Stop Demo Red?' }).waitFor()
  expect(await findBarriersInAllLooks(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const move = page.getByRole('button', { name: 'Move the leader' })
  await move.press('Enter')
  await page.getByRole('dialog', { name: 'Let another node lead Demo Red?' }).waitFor()
  expect(await findBarriers(page)).toEqual([])
  // The first press of Enter harms nobody.
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await move.evaluate((button) => button.matches(':focus'))).toBe(true)
  await page.getByRole('button', { name: 'Next source' }).press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Next source' }).press('Enter')
  await page.getByText('edge-1 changes to the next stream.').waitFor()
  await page.getByText('stream 2 of 2 ·').waitFor()
  const follower = viewers.filter({ hasText: 'edge-2' }).filter({ hasNotText: 'Mozilla' })
  await follower.getByRole('button', { name: 'End' }).press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'End' }).press('Enter')
  await page.getByText('The viewer was disconnected.').waitFor()
  await follower.waitFor({ state: 'detached' })
}

describeWithBrowser('in a browser', () => {
  let browser: Browser
  const pages: Page[] = []

  beforeAll(async () => {
    browser = await openBrowser()
  }, 60_000)

  afterEach(async () => {
    leaveAll()
    await Promise.all(pages.splice(0).map((page) => page.close()))
  })

  afterAll(async () => browser?.close())

  async function open(look: (typeof LOOKS)[number], base = cluster.edge.url) {
    const opened = await openPage(browser, base, look)
    pages.push(opened.page)
    return opened
  }

  test.each(LOOKS)('screens for viewers have no barrier and stay in their bounds, $name', async (look) => {
    const { page, complaints } = await open(look)
    await page.goto(`${cluster.edge.url}/#/channels`)
    for (const [screen, text] of [
      ['channels', 'Demo Green'],
      ['guide', 'Demo Green'],
      ['players', 'playlist.m3u8'],
    ] as const) {
      await page.goto(`${cluster.edge.url}/#/${screen}`)
      await page.getByText(text).first().waitFor({ state: 'visible' })
      expect(await findBarriers(page)).toEqual([])
      expect(await findUnreachable(page)).toEqual([])
      expect(await sidewaysScroll(page)).toBe(0)
    }
    expect(complaints).toEqual([])
  })

  test('an empty list says why, and shows channels as soon as there are some', async () => {
    const { page, complaints } = await open(LOOKS[3])
    const nothing = { page: 1, pages: 1, matching: 0, searched: 0, complete: true, channels: [] }
    await page.route('**/api/channels?*', (route) => route.fulfill({ json: nothing }))
    const states = [
      ['There is no source yet.', { sources: 0, running: 0, failed: 0, entries: 0 }],
      ['The lists could not be read.', { sources: 1, running: 0, failed: 1, entries: 0 }],
      ['There are no channels yet.', { sources: 1, running: 0, failed: 0, entries: 0 }],
      ['31,200 entries so far', { sources: 1, running: 1, failed: 0, entries: 31_200 }],
    ] as const
    for (const [text, imports] of states) {
      await page.route('**/api/imports', (route) => route.fulfill({ json: imports }))
      await page.goto(cluster.edge.url)
      await page.getByText(text).waitFor()
      await page.unroute('**/api/imports')
    }
    expect(await findBarriers(page)).toEqual([])
    expect(await sidewaysScroll(page)).toBe(0)
    // The bar that only sweeps rests for people who want no motion.
    expect(await countAnimations(page)).toBe(1)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await countAnimations(page)).toBe(0)
    await page.unroute('**/api/channels?*')
    await page.getByText('Demo Green').first().waitFor()
    expect(complaints).toEqual([])
  })

  test('searches by keyboard, and plays a channel in the corner, which stays on the next screen', async () => {
    const { page, complaints } = await open(LOOKS[0])
    await page.goto(cluster.edge.url)
    await page.getByText('Demo Green').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('blue')
    await page.getByText('Demo Green').first().waitFor({ state: 'detached' })
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const timeOf = () => videoTimeOf(page)
    await eventually('the video runs', async () => (await timeOf()) > 1, { deadlineMs: 60_000 })
    await page.getByText('H.264').waitFor()
    await page.getByRole('link', { name: 'Guide' }).click()
    const before = await timeOf()
    await eventually('the video runs on', async () => (await timeOf()) > before + 0.5, { deadlineMs: 60_000 })
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Close the player' }).click()
    await eventually('the viewer is gone', async () => (await cluster.status()).viewers === 0)
    expect(complaints).toEqual([])
  })

  const testWithFfmpeg = hasFfmpeg ? test : test.skip
  testWithFfmpeg('a movie plays, and the node that serves it names it', async () => {
    const { page, complaints } = await open(LOOKS[0])
    await page.goto(cluster.edge.url)
    await page.getByRole('link', { name: /Movies/ }).click()
    await page.getByRole('button', { name: 'Test Card' }).click()
    await eventually('the video runs', async () => (await videoTimeOf(page)) > 1, { deadlineMs: 60_000 })
    const operator = await open(LOOKS[0], cluster.edge.adminUrl)
    await operator.page.goto(cluster.edge.adminUrl)
    await operator.page.getByText('1 viewer is watching VOD or catch-up.').waitFor()
    await operator.page.getByText('▸ Test Card').waitFor()
    await page.locator('video').evaluate((video, toS) => {
      ;(video as never as { currentTime: number }).currentTime = toS
    }, MOVIE_SECONDS / 2)
    await eventually('it plays from there', async () => (await videoTimeOf(page)) > MOVIE_SECONDS / 2 + 1)
    await page.getByRole('button', { name: 'Close the player' }).click()
    await operator.page.getByText('▸ Test Card').waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  })

  test.each(LOOKS)('screens for operators have no barrier and stay in their bounds, $name', async (look) => {
    const { adminUrl } = cluster.edge
    const { page, complaints } = await open(look, adminUrl)
    for (const [screen, text] of [
      ['live', 'edge-2'],
      ['sources', 'Changes of the list'],
      ['users', 'Everyone may watch.'],
      ['settings', 'Settings of edge-1'],
      ['events', 'edge-2 started'],
    ] as const) {
      await page.goto(`${adminUrl}/#/${screen}`)
      await page.getByText(text).first().waitFor({ state: 'visible' })
      expect(await findBarriers(page)).toEqual([])
      expect(await findUnreachable(page)).toEqual([])
      expect(await sidewaysScroll(page)).toBe(0)
    }
    expect(complaints).toEqual([])
  })

  test('the public port shows it after a login, which the other edge knows too', async () => {
    const [first, second] = cluster.edges as [EdgeNode, EdgeNode]
    const { page } = await open(LOOKS[2], first.url)
    await page.goto(`${first.url}/admin`)
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Wrong name or password.').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByText('edge-2').first().waitFor()
    // A browser sends cookies to all ports of a host.
    await page.goto(`${second.url}/admin#/sources`)
    await page.getByText('Read all lists now').waitFor()
    // Harms nobody, so it is done without a question.
    await page.getByRole('button', { name: 'Read now' }).first().press('Enter')
    await page.getByText('The list is being read.').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Password').waitFor()
  })

  test('shows who leads and who follows, from either edge, and a node that was killed as gone', async () => {
    const [first, second] = cluster.edges as [EdgeNode, EdgeNode]
    const stream = await cluster.streamUrl('Demo Red')
    const leader = await watchSoon(stream)
    await eventually('the channel plays', () => leader.report().packets > 0)
    const follower = await watchSoon(stream.replace(first.url, second.url))
    await eventually('the other edge plays it too', () => follower.report().packets > 0)
    const { page } = await open(LOOKS[0], second.adminUrl)
    await page.goto(second.adminUrl)
    const row = page.locator('.in-play-row', { hasText: 'Demo Red' })
    await row.locator('.chip-leads', { hasText: 'edge-1' }).waitFor()
    await row.locator('.chip-follows', { hasText: 'edge-2' }).waitFor()
    await page.getByText('2 viewers are watching 1 channel on 2 nodes.').waitFor()
    const watching = await open(LOOKS[0], second.url)
    await watching.page.goto(second.url)
    await watching.page.getByRole('button', { name: 'Demo Red' }).click()
    await eventually('the video runs', async () => (await videoTimeOf(watching.page)) > 1, { deadlineMs: 60_000 })
    await orderFromOpenRow(page)
    await row.locator('.chip-leads', { hasText: 'edge-1' }).waitFor()
    await expectToPlayOn(watching.page)
    // At 200 %.
    await page.setViewportSize({ width: 640, height: 400 })
    expect(await sidewaysScroll(page)).toBe(0)
    await page.setViewportSize({ width: 1_280, height: 800 })
    first.process.killGroup('SIGKILL')
    await row.locator('.chip-leads', { hasText: 'edge-2' }).waitFor()
    await page.locator('.node-gone', { hasText: 'edge-1' }).waitFor()
    await expectToPlayOn(watching.page)
  })
})
