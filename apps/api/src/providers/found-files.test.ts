import { expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { createKeys } from '@kptv/redis'
import { inMemoryFiles } from '../../test-support/in-memory-files.ts'

const keys = createKeys()
const channelOf = (...urls: readonly string[]): CatalogChannel => ({
  id: 'channel',
  name: 'Heat',
  attributes: [],
  streams: urls.map((url, index) => ({ id: `s${index}`, sourceId: 'source', url, headers: [] })),
})
const OPEN = 'http://h/get?id=5'
const FILE = 'http://h/heat.avi'
const LIVE = 'http://h/live/u/p/5.ts'

/** The stream ids of the VOD that a channel is, and its extension. */
async function vodOf(channel: CatalogChannel, found: Record<string, string>, hasFailed = false) {
  const notes = new Map(Object.entries(found).map(([id, extension]) => [keys.streamFile(id), extension]))
  const vod = await inMemoryFiles(notes).vodOf(channel, hasFailed)
  return vod && [...vod.streams.map(({ id }) => id), vod.extension]
}

test.each([
  [[FILE], {}, false, ['s0', 'avi']],
  [[OPEN], {}, false, undefined],
  [[OPEN], { s0: 'mkv' }, false, ['s0', 'mkv']],
  [[OPEN, OPEN], { s0: 'mkv', s1: 'mp4' }, false, ['s0', 's1', 'mkv']],
  // Another stream of it may be live, until it has failed too.
  [[OPEN, OPEN], { s1: 'mp4' }, false, undefined],
  [[OPEN, OPEN], { s1: 'mp4' }, true, ['s1', 'mp4']],
  [[OPEN, LIVE], { s0: 'mp4' }, false, undefined],
  [[LIVE], {}, true, undefined],
  // A link that says live is not asked about.
  [[LIVE], { s0: 'mp4' }, true, undefined],
  [[FILE, OPEN], {}, false, ['s0', 'avi']],
  [[], {}, true, undefined],
])('a channel of %j, with %j found and failed %j, is the VOD %j', async (urls, found, hasFailed, vod) => {
  expect(await vodOf(channelOf(...urls), found as Record<string, string>, hasFailed)).toEqual(vod)
})
