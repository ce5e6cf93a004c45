import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Debian's, Fedora's, Alpine's. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser of this machine; `undefined` where there is none. */
export const CHROMIUM = PLACES.find((path) => existsSync(path))

export const LOOKS = [
  { name: 'wide and light', width: 1_280, height: 800, colorScheme: 'light' },
  { name: 'wide and dark', width: 1_280, height: 800, colorScheme: 'dark' },
  { name: 'narrow and light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'narrow and dark', width: 390, height: 844, colorScheme: 'dark' },
] as const

type Look = (typeof LOOKS)[number]

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] })
}

/** A tab, and all in it that should not be. */
type WatchedPage = { readonly page: Page; readonly complaints: readonly string[] }

/** @param base the only origin that the page may load from */
export async function openPage(browser: Browser, base: string, look: Look): Promise<WatchedPage> {
  const { width, height, colorScheme } = look
  // The policy of the page would refuse the script of axe, which comes from here.
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, locale: 'en-GB', bypassCSP: true })
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'blob:' && url.origin !== base) complaints.push(`request to ${url.origin}`)
  })
  return { page, complaints }
}

/** What axe finds, one line for each element. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as never as Axe).axe.run()
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  })
}

/** What axe finds in each look, and screens that are wider than their bounds. */
export async function findBarriersInAllLooks(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const { name, width, height, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme })
    for (const barrier of await findBarriers(page)) found.push(`${name}: ${barrier}`)
    if ((await sidewaysScroll(page)) > 0) found.push(`${name}: too wide`)
  }
  return found
}

/** Controls that Tab does not reach, or that do not show it. */
export async function findUnreachable(page: Page): Promise<readonly string[]> {
  const count = await page.evaluate((controls) => {
    const scope = globalThis as never as Focusing
    scope.focused = new Map()
    scope.document.addEventListener('focusin', ({ target }) => {
      scope.focused.set(target, scope.getComputedStyle(target).outlineStyle !== 'none')
    })
    return scope.document.querySelectorAll(controls).length
  }, CONTROLS)
  for (let presses = 0; presses < count + 5; presses += 1) await page.keyboard.press('Tab')
  return page.evaluate((controls) => {
    const { document, focused } = globalThis as never as Focusing
    const missed = [...document.querySelectorAll(controls)].filter((one) => one.checkVisibility() && !focused.get(one))
    return missed.map(({ outerHTML }) => outerHTML.slice(0, 200))
  }, CONTROLS)
}

const CONTROLS = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'

type Control = { readonly outerHTML: string; checkVisibility(): boolean }

type Focusing = {
  focused: Map<Control, boolean>
  readonly document: {
    querySelectorAll(selector: string): ArrayLike<Control> & Iterable<Control>
    addEventListener(type: 'focusin', listener: (event: { readonly target: Control }) => void): void
  }
  getComputedStyle(control: Control): { readonly outlineStyle: string }
}

/** Pixels by which the page is wider than the screen. */
export function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate(() => {
    const root = (globalThis as never as { readonly document: { readonly documentElement: Sized } }).document
      .documentElement
    return root.scrollWidth - root.clientWidth
  })
}

type Sized = { readonly scrollWidth: number; readonly clientWidth: number }

type Axe = {
  readonly axe: {
    run(): Promise<{
      readonly violations: ReadonlyArray<{
        readonly id: string
        readonly nodes: ReadonlyArray<{ readonly html: string }>
      }>
    }>
  }
}

/** Animations and transitions that run at this moment. */
export function countAnimations(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as never as { readonly document: Animated }).document.getAnimations().length)
}

type Animated = { getAnimations(): readonly unknown[] }
