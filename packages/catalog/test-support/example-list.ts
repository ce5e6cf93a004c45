import { BUCKETS } from '../src/bucket.ts'
import { channelId } from '../src/channel-id.ts'
import type { ListEntry } from '../src/list-entry.ts'
import type { SourceLists } from '../src/source-lists.ts'

/** The source whose lists the tests write. */
export const source = 's1-aa'
export const facts = { entries: 0, skipped: {}, fetchedAt: '2026-01-01T00:00:00.000Z', epgUrls: [] }

/** The first entries of a list, each for another channel. */
export function exampleEntries(count: number, name = 'Channel'): ListEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    channelId: channelId(`${name} ${i}`),
    name: `${name} ${i}`,
    streamId: `s${i}`,
    url: `http://h/{secret-1}/${i}`,
    attributes: [['tvg-id', `c${i}`]],
    headers: [],
  }))
}

/** All entries of one version, bucket by bucket. */
export async function readAll(lists: SourceLists, version: number): Promise<ListEntry[]> {
  const all: ListEntry[] = []
  const list = await lists.open(source, version)
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for await (const entries of list.bucket(bucket)) all.push(...entries)
  }
  return all
}
