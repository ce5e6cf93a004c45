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
import { acceptShrunkList, drainNode, orderFromOpenRow, unblockFromOpenRow } from '../page/give-orders.ts'
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
import { expectToPlayOn, videoTimeOf } from '../page/video-time.ts'
import { MOVIE_SECONDS, makeMovie } from './support/make-movie.ts'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'
import { leaveAll, watchSoon } from './support/watch.ts'

const PASSWORD = 'CANARY of operators'
const MAX_FIRST_LOAD_BYTES = 45 * 1024
const BUILD = new URL('../../apps/page/build.ts', import.meta.url)
const DEMO = new URL('../../apps/demo/src/main.ts', import.meta.url)

const hasFfmpeg = hasPrograms('ffmpeg')
const MOVIES = ['Test Card', 'Second Card', 'Third Card']

/** The first movies, all of the same file. */
function listOfMovies(count: number): string {
  const entries = MOVIES.slice(0, count).map(
    (name, index) => `#EXTINF:-1 group-title="Movies",${name}\n{{base}}/movie/{{user}}/{{password}}/${index + 1}.mp4\n`,
  )
  return `#EXTM3U\n${entries.join('')}`
}

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
    playlist: { body: listOfMovies(3) },
    entries: MOVIES.map((name, index) => ({ streamId: String(index + 1), name, kind: 'movie', media })),
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

  /** In each look; the keyboard reaches everything on a wide and on a narrow screen. */
  async function expectNoBarriers(page: Page): Promise<void> {
    expect(await findUnreachable(page)).toEqual([])
    expect(await findBarriersInAllLooks(page)).toEqual([])
    // It is narrow now.
    expect(await findUnreachable(page)).toEqual([])
    await page.setViewportSize(LOOKS[0])
  }

  test("viewers' screens have no accessibility violations and fit their bounds", async () => {
    const { page, complaints } = await open(LOOKS[0])
    for (const [screen, text] of [
      ['channels', 'Demo Green'],
      ['guide', 'Demo Green'],
      ['players', 'playlist.m3u8'],
    ] as const) {
      await page.goto(`${cluster.edge.url}/#/${screen}`)
      await page.getByText(text).locator('visible=true').first().waitFor()
      await expectNoBarriers(page)
    }
    expect(complaints).toEqual([])
  })

  test('an empty list says why, and shows channels as soon as there are any', async () => {
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
      await page.unroute('**/api/imports')
      await page.route('**/api/imports', (route) => route.fulfill({ json: imports }))
      await page.goto(cluster.edge.url)
      await page.getByText(text).waitFor()
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
    await operator.page.getByText('1 of 1 connections · all in use').waitFor()
    // Another viewer wants another movie of that source, and is refused after a while.
    const other = await open(LOOKS[2])
    await other.page.route('**/stream/*.mp4', (route) => route.fulfill({ status: 503, json: {} }))
    await other.page.goto(`${cluster.edge.url}/#/channels?group=Movies`)
    await other.page.getByRole('button', { name: 'Second Card' }).click()
    await other.page.getByText('All connections of its sources are in use').waitFor()
    expect(await findBarriers(other.page)).toEqual([])
    // The seek is refused once, as while something restarts.
    let refusals = 1
    await page.route('**/stream/*.mp4', (route) => {
      refusals -= 1
      return refusals < 0 ? route.continue() : route.fulfill({ status: 503, json: {} })
    })
    await page.locator('video').evaluate((video, toS) => {
      ;(video as never as { currentTime: number }).currentTime = toS
    }, MOVIE_SECONDS / 2)
    await eventually('it plays from there', async () => (await videoTimeOf(page)) > MOVIE_SECONDS / 2 + 1)
    await page.getByRole('button', { name: 'Close the player' }).click()
    await operator.page.getByText('▸ Test Card').waitFor({ state: 'detached' })
    expect(complaints.filter((complaint) => !complaint.includes('503'))).toEqual([])
  })

  test("operators' screens have no accessibility violations and fit their bounds", async () => {
    const { adminUrl } = cluster.edge
    const { page, complaints } = await open(LOOKS[0], adminUrl)
    for (const [screen, text] of [
      ['live', 'edge-2'],
      ['sources', 'the first list was read'],
      ['users', 'Everyone may watch.'],
      ['settings', 'Settings of edge-1'],
      ['events', 'edge-2 started'],
    ] as const) {
      await page.goto(`${adminUrl}/#/${screen}`)
      await page.getByText(text).locator('visible=true').first().waitFor()
      await expectNoBarriers(page)
    }
    expect(complaints).toEqual([])
  })

  test('says that Redis is away, what that means, and when it is back', async () => {
    const { adminUrl } = cluster.edge
    const { page } = await open(LOOKS[0], adminUrl)
    await page.goto(adminUrl)
    await page.getByText('Nothing is playing on 2 nodes.').waitFor()
    cluster.redis.pause()
    try {
      await page.getByRole('heading', { name: 'Redis does not answer.' }).waitFor()
      expect(await findBarriersInAllLooks(page)).toEqual([])
    } finally {
      cluster.redis.resume()
    }
    await page.getByText('Nothing is playing on 2 nodes.').waitFor()
  })

  test('the public port shows it after a login, which the other edge accepts too', async () => {
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
    movies.setPlaylist({ body: listOfMovies(1) })
    await acceptShrunkList(page, new URL(movies.url).host)
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Password').waitFor()
  })

  test('shows from either edge who leads and who follows, and that a killed node is gone', async () => {
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
    await unblockFromOpenRow(page, cluster, second, stream.split('/').at(-1)!)
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
    await drainNode(page, 'edge-2')
    second.process.killGroup('SIGKILL')
    await page.getByText('The node of this page does not answer.').waitFor()
    expect(await findBarriers(page)).toEqual([])
  })
})
