import { deepEqual, equal } from 'node:assert/strict'
import { type ChannelDetails, channelDetails } from '@kptv/contract'
import { createKeys } from '@kptv/redis'
import type { Page } from 'playwright-core'
import type { Cluster, EdgeNode } from '../cluster/support/start-cluster.ts'
import { findBarriers, findBarriersInAllLooks } from './open-browser.ts'

/** Presses the button in the question that is open, by keyboard. */
async function confirm(page: Page, name: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name }).press('Enter')
}

/**
 * Opens the row, asks for its end and for another leader, thinks better of both, changes the source
 * instead, and ends the viewer that is no browser.
 */
export async function orderFromOpenRow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Demo Red', exact: true }).press('Enter')
  await page.getByText('stream 1 of 2 ·').waitFor()
  const viewers = page.locator('.viewers tbody tr')
  await viewers.nth(1).waitFor()
  await page.locator('.timeline', { hasText: /slot taken.*requested.*answered.*first media.*plays/ }).waitFor()
  deepEqual(await findBarriersInAllLooks(page), [])
  await page.getByRole('button', { name: 'Stop' }).press('Enter')
  await page.getByRole('dialog', { name: 'Stop Demo Red?' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const move = page.getByRole('button', { name: 'Move the leader' })
  await move.press('Enter')
  await page.getByRole('dialog', { name: 'Let another node lead Demo Red?' }).waitFor()
  deepEqual(await findBarriersInAllLooks(page), [])
  // The first press of Enter harms nobody.
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  equal(await move.evaluate((button) => button.matches(':focus')), true)
  await page.getByRole('button', { name: 'Next source' }).press('Enter')
  await confirm(page, 'Next source')
  await page.getByText('edge-1 changes to the next stream.').waitFor()
  await page.getByText('stream 2 of 2 ·').waitFor()
  const follower = viewers.filter({ hasText: 'edge-2' }).filter({ hasNotText: 'Mozilla' })
  await follower.getByRole('button', { name: 'End' }).press('Enter')
  await confirm(page, 'End')
  await page.getByText('The viewer was disconnected.').waitFor()
  await follower.waitFor({ state: 'detached' })
}

/** A stream of the open row has failed too often; it is unblocked. */
export async function unblockFromOpenRow(page: Page, { redis }: Cluster, { adminUrl }: EdgeNode, channel: string) {
  const answer = await fetch(`${adminUrl}/admin/channels/${channel}`)
  const { streams }: ChannelDetails = channelDetails.parse(await answer.json())
  const { stream } = streams.find(({ plays }) => !plays)!
  await redis.command('SET', createKeys().streamBlocked(stream), '5', 'PX', 600_000)
  const row = page.locator('.stream-blocked')
  await row.getByText('it failed too often').waitFor()
  // Harms nobody, so it is done without a question.
  await row.getByRole('button', { name: 'Unblock' }).press('Enter')
  await page.getByText('The stream may be tried again.').waitFor()
  await row.waitFor({ state: 'detached' })
}

/** Reads a list that has lost most of its entries, and accepts it. */
export async function acceptShrunkList(page: Page, source: string): Promise<void> {
  const card = page.locator('.source-card', { hasText: source })
  await card.getByRole('button', { name: 'Read now' }).press('Enter')
  await page.getByText('The list is being read.').waitFor()
  await card.getByText('was put aside').waitFor()
  deepEqual(await findBarriers(page), [])
  await card.getByRole('button', { name: 'Accept it' }).press('Enter')
  await confirm(page, 'Accept it')
  await page.getByText('The list was accepted.').waitFor()
  await card.getByText('was put aside').waitFor({ state: 'detached' })
}

/** Drains a node, which stays for the viewers that it has. */
export async function drainNode(page: Page, node: string): Promise<void> {
  const row = page.locator('.band-row', { hasText: node })
  await row.getByRole('button', { name: 'Drain' }).press('Enter')
  await confirm(page, 'Drain')
  await page.getByText(`${node} is draining.`).waitFor()
  await page.locator('.node-draining', { hasText: node }).waitFor()
}
