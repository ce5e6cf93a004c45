import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ChannelGuides } from '@kptv/contract'

/**
 * Reads from a running edge which guides know each channel.
 *
 * @param admin address of its admin port
 * @throws a sentence for people
 */
export async function* readGuideMatches(admin: URL, isMissing: boolean): AsyncGenerator<string> {
  const url = new URL(`/admin/guide/matches${isMissing ? '?missing=true' : ''}`, admin)
  const response = await fetch(url).catch(() => {
    throw new Error(`no edge answers at ${admin.origin}: run this where an edge runs, with its ADMIN_PORT`)
  })
  if (!response.ok || response.body === null) throw new Error(`the edge answered ${response.status}`)
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) }))
    yield sentenceOf(JSON.parse(line))
}

/** One line for people: the channel, then each guide that knows it. */
function sentenceOf({ channelId, name, guides }: ChannelGuides): string {
  const known = guides.map(({ guide, guideChannelId, by }) => `${guide}: ${guideChannelId} (by ${by})`)
  return [channelId, name, ...known].join('\t')
}
