/**
 * What players read is what the provider wrote, as a parser says that is not ours. Further lists
 * are taken from the files that PLAYLIST_FILES names, separated by commas.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { startFakeProviderThread } from '@kptv/testkit'
import parser from 'iptv-playlist-parser'
import { startCluster } from './support/start-cluster.ts'

const files = [
  fileURLToPath(new URL('./fixtures/real-looking.m3u', import.meta.url)),
  ...(process.env.PLAYLIST_FILES ?? '').split(',').filter((file) => file !== ''),
]

test.each(files.map((file) => [basename(file), file] as const))(
  'names, ids, logos, groups and all attributes of %s',
  async (_, file) => {
    const list = readFileSync(file, 'utf8')
    const provider = await startFakeProviderThread({ playlist: { body: list } })
    try {
      await using cluster = await startCluster({ sources: `${provider.playlistUrl()}|1` })
      const expected = channelsOf(list.replaceAll('{{base}}', 'http://h.example'))
      const served = channelsOf(await (await fetch(`${cluster.edge.url}/playlist.m3u8`)).text())
      expect([...served.keys()].sort()).toEqual([...expected.keys()].sort())
      for (const [key, channel] of expected) expect(served.get(key)).toEqual(withOurs(channel, served.get(key)))
    } finally {
      await provider.stop()
    }
  },
  240_000,
)

type Known = { id: string; readonly name: string; logo: string; group: string; readonly attributes: Set<string> }

/**
 * A channel without an id of its own gets ours, so that the guide can name it; the address of a
 * logo becomes our link; our guide is shifted already.
 */
function withOurs(listed: Known, served: Known | undefined): Known {
  const attributes = new Set([...listed.attributes].filter((name) => name !== 'tvg-shift'))
  const channel = { ...listed, attributes }
  const logo =
    /\/logo\/[0-9a-f]{24}$/.test(served?.logo ?? '') && /^https?:/.test(channel.logo) ? served!.logo : channel.logo
  if (channel.id !== '' || !/^[0-9a-f]{16}\.kptv$/.test(served?.id ?? '')) return { ...channel, logo }
  return { ...channel, logo, id: served!.id, attributes: new Set([...channel.attributes, 'tvg-id']) }
}

/**
 * As the other parser reads them; entries of one name are one channel, the first that has a value
 * gives it.
 */
function channelsOf(list: string): Map<string, Known> {
  const channels = new Map<string, Known>()
  for (const { name, tvg, group, raw, url } of parser.parse(list.replace(/^\ufeff/, '')).items) {
    // An entry without an address, or with a sentence in its place, is nothing to play.
    if (!/^[a-z]+:\/\/\S+$/i.test(url ?? '')) continue
    const key = name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
    const known = channels.get(key) ?? { id: '', name: name.trim(), logo: '', group: '', attributes: new Set() }
    known.id ||= tvg.id.trim()
    known.logo ||= tvg.logo.trim()
    known.group ||= group.title.trim()
    for (const [, attribute] of raw.split('\n')[0]!.matchAll(/ ([\w-]+)="/g)) known.attributes.add(attribute!)
    channels.set(key, known)
  }
  return channels
}
