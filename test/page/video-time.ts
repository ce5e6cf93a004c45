import { eventually } from '@kptv/testkit'
import type { Page } from 'playwright-core'

/** Seconds that the video of the page has played. */
export function videoTimeOf(page: Page): Promise<number> {
  return page.locator('video').evaluate((video) => (video as never as { readonly currentTime: number }).currentTime)
}

/** The video plays for longer than what was loaded before. */
export async function expectToPlayOn(page: Page): Promise<void> {
  const before = await videoTimeOf(page)
  await eventually('the video runs on', async () => (await videoTimeOf(page)) > before + 8, { deadlineMs: 90_000 })
}
