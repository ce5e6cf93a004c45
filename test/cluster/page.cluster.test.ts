import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type StartedProcess, startProcess } from '@kptv/testkit'
import type { Browser, Page } from 'playwright-core'
import { CHROMIUM, findBarriers, LOOKS, openBrowser, openPage, sidewaysScroll } from '../page/open-browser.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const MAX_FIRST_LOAD_BYTES = 45 * 1024
const BUILD = new URL('../../apps/page/build.ts', import.meta.url)
const DEMO = new URL('../../apps/demo/src/main.ts', import.meta.url)

let demo: StartedProcess
let cluster: Cluster

beforeAll(async () => {
  const build = await startProcess({ file: BUILD, name: 'build of the page' })
  expect(await build.waitForExit({ deadlineMs: 120_000 })).toMatchObject({ code: 0 })
  demo = await startProcess({ file: DEMO, name: 'demo provider' })
  const { text: sources } = await demo.waitForLine(/\|/)
  cluster = await startCluster({ sources })
}, 240_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await demo?.stop()
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
    await Promise.all(pages.splice(0).map((page) => page.close()))
  })

  afterAll(async () => browser?.close())

  async function open(look: (typeof LOOKS)[number]) {
    const opened = await openPage(browser, cluster.edge.url, look)
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
      expect(await sidewaysScroll(page)).toBe(0)
    }
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
    const timeOf = () =>
      page.locator('video').evaluate((video) => (video as never as { currentTime: number }).currentTime)
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
})
