import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  hasPrograms,
  isLongRun,
  startFakeProviderThread,
  startProcess,
} from '@kptv/testkit'
import type { Browser, Page } from 'playwright-core'
import { CHROMIUM, LOOKS, openBrowser, openPage } from '../page/open-browser.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const run = promisify(execFile)

const PART_SECONDS = 12
/** A round of the longest channel. */
const WATCHED_SECONDS = 4 * PART_SECONDS
const BUILD = new URL('../../apps/page/build.ts', import.meta.url)
const CHANNELS: Readonly<Record<string, readonly string[]>> = {
  'All layer II': ['mp2'],
  'All AC-3': ['ac3'],
  'Advert in AC-3': ['aac', 'ac3', 'aac', 'aac'],
  'Silent advert': ['aac', 'none', 'aac', 'aac'],
  'Always silent': ['none'],
}

/** Parts whose video and clock go on from one to the next; each has its own audio. */
async function makeChannel(folder: string, name: string, parts: readonly string[]): Promise<string> {
  const made: Buffer[] = []
  for (const [index, audio] of parts.entries()) {
    const file = join(folder, 'part.ts')
    const tone = audio === 'none' ? [] : ['-f', 'lavfi', '-i', `sine=frequency=${440 + index * 110}:sample_rate=48000`]
    const heard = audio === 'none' ? [] : ['-c:a', audio, '-ac', '2']
    await run('ffmpeg', [
      ...['-y', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', ...tone],
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-pix_fmt',
        'yuv420p',
        '-g',
        '25',
        ...heard,
        '-t',
        `${PART_SECONDS}`,
      ],
      ...['-output_ts_offset', `${index * PART_SECONDS}`, '-tables_version', `${index}`, '-f', 'mpegts', file],
    ])
    made.push(await readFile(file))
  }
  const path = join(folder, `${name}.ts`)
  await writeFile(path, Buffer.concat(made))
  return path
}

const videoTimeOf = (page: Page): Promise<number> =>
  page.locator('video').evaluate((video) => (video as never as { readonly currentTime: number }).currentTime)

/** Seconds of video that were shown, whatever the player did to go on. */
async function shownWithin(page: Page, seconds: number): Promise<number> {
  let shown = 0
  let before = await videoTimeOf(page)
  for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    const now = await videoTimeOf(page)
    // A player that starts again begins at 0.
    shown += Math.max(0, now - before)
    before = now
  }
  return shown
}

const canRun = CHROMIUM !== undefined && hasPrograms('ffmpeg') && isLongRun
const describeWithBrowser = canRun ? describe : describe.skip

describeWithBrowser('audio that browsers cannot decode, in the player of the page', () => {
  let folder: string
  let provider: FakeProvider
  let cluster: Cluster
  let browser: Browser
  const pages: Page[] = []

  beforeAll(async () => {
    const build = await startProcess({ file: BUILD, name: 'build of the page' })
    expect(await build.waitForExit({ deadlineMs: 120_000 })).toMatchObject({ code: 0 })
    folder = await mkdtemp(join(tmpdir(), 'kptv-browser-audio-'))
    const entries = []
    for (const [index, [name, parts]] of Object.entries(CHANNELS).entries()) {
      const path = await makeChannel(folder, `channel-${index}`, parts)
      const media = { kind: 'file', path, isLooped: true, isLive: true } as const
      entries.push({ streamId: `${index + 1}`, name, media })
    }
    provider = await startFakeProviderThread({ entries })
    cluster = await startCluster({ sources: `${provider.playlistUrl()}|5`, edges: 2 })
    browser = await openBrowser()
  }, 240_000)

  afterEach(() => Promise.all(pages.splice(0).map((page) => page.close())))

  afterAll(async () => {
    await browser?.close()
    await cluster?.[Symbol.asyncDispose]()
    await provider?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }, 90_000)

  test.each(Object.keys(CHANNELS))(
    '%s: the video is shown and keeps playing',
    async (name) => {
      const { page } = await openPage(browser, cluster.edge.url, LOOKS[0])
      pages.push(page)
      await page.goto(cluster.edge.url)
      await page.getByRole('button', { name }).click()
      await eventually('the video runs', async () => (await videoTimeOf(page)) > 1, { deadlineMs: 60_000 })
      expect(await shownWithin(page, WATCHED_SECONDS)).toBeGreaterThan(WATCHED_SECONDS / 2)
    },
    240_000,
  )
})
