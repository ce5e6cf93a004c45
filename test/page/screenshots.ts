/**
 * `npm run screenshots`: the images of the page in the documents, each screen in the light, in the
 * dark and on a phone. With a folder as its argument they go there.
 */
import { fileURLToPath } from 'node:url'
import { startProcess } from '@kptv/testkit'
import type { Page } from 'playwright-core'
import { LOOKS, openBrowser, openPage } from './open-browser.ts'
import { startScene, TOKENS } from './scene.ts'

const [LIGHT, DARK, , NARROW] = LOOKS
const SHOTS = [
  ['', LIGHT],
  ['-dark', DARK],
  ['-phone', NARROW],
] as const
const FOLDER = process.argv[2] ?? fileURLToPath(new URL('../../docs/images/', import.meta.url))

await using running = new AsyncDisposableStack()
const build = await startProcess({ file: new URL('../../apps/page/build.ts', import.meta.url) })
await build.waitForExit({ deadlineMs: 120_000 })
const { cluster, channels } = await startScene(running)
const browser = await openBrowser()
running.defer(() => browser.close())

/** Of one screen in all looks; `prepare` waits until there is something to see. */
async function shoot(file: string, address: string, prepare: (page: Page) => Promise<unknown>): Promise<void> {
  for (const [suffix, look] of SHOTS) {
    const { page, complaints } = await openPage(browser, new URL(address).origin, look)
    await page.goto(address)
    await prepare(page)
    await page.screenshot({ path: `${FOLDER}/${file}${suffix}.png` })
    await page.close()
    for (const complaint of complaints) console.log(`${file}${suffix}: ${complaint}`)
  }
}

const seen = (text: string) => (page: Page) => page.getByText(text).locator('visible=true').first().waitFor()
const viewers = `${cluster.edge.url}/link/${TOKENS.anna}/`
await shoot('channels', `${viewers}#/channels`, (page) => page.locator('.programme-title').first().waitFor())
await shoot('player', `${viewers}#/channels?group=KPTV+Demo`, async (page) => {
  await page.getByRole('button', { name: 'Demo Blue' }).click()
  await page.getByText('H.264').waitFor()
})
await shoot('guide', `${viewers}#/guide`, (page) => page.locator('.guide-programme').first().waitFor())
await shoot('players', `${viewers}#/players`, seen('playlist.m3u8'))
await shoot('login', cluster.edge.url, seen('Log in to watch'))

const operators = cluster.edge.adminUrl
await shoot('live', `${operators}/#/live`, async (page) => {
  await seen('Demo Red')(page)
  // The line of the rates needs some of the last minute.
  await page.waitForTimeout(15_000)
})
await shoot('channel-open', `${operators}/#/live?channel=${channels.get('Demo Red')}`, async (page) => {
  await page.locator('.viewers tbody tr').nth(1).waitFor()
  await page.waitForTimeout(5_000)
  await page.locator('.in-play-item:has(.opened)').evaluate((item) => {
    ;(item as never as { readonly style: { scrollMarginTop: string } }).style.scrollMarginTop = '4.5rem'
    item.scrollIntoView({ block: 'start' })
  })
})
await shoot('sources', `${operators}/#/sources`, seen('Changes of the list'))
await shoot('events', `${operators}/#/events`, seen('started'))
await shoot('users', `${operators}/#/users`, seen('television in the kitchen'))
await shoot('settings', `${operators}/#/settings`, seen('Node.js'))
console.log(`screenshots: ${FOLDER}`)
