import { createListSeal, findSecrets } from '@kptv/addresses'
import { channelId, type ListEntry, streamId } from '@kptv/catalog'
import { type Source, type SourceLogin, sealMark } from '@kptv/config'
import { type ChannelKey, channelKey, createStreamIdentity, type Entry, keyOfKind, kindOf } from '@kptv/playlist'

export type EntrySealer = ReturnType<typeof createEntrySealer>

/**
 * Turns one list into what Redis may hold: entries with their ids, and without any readable login.
 *
 * @param keyOf How names become channels.
 * @param login Whose credentials the list shows. The sealed list is the same with each login.
 */
export function createEntrySealer(
  source: Pick<Source, 'id' | 'url' | 'secrets'>,
  keyOf: ChannelKey = channelKey,
  login: Pick<SourceLogin, 'url' | 'secrets'> = source,
) {
  const { id } = source
  const { url, secrets } = login
  const seal = createListSeal({ url, secrets, markOf: (address) => sealMark(source, address) })
  // The header fields of a request do not change which stream it is.
  const streamIdentity = createStreamIdentity(findSecrets(url))
  let hiddenAttributes = 0

  function identityOf({ url, program }: Entry): string {
    const identity = streamIdentity(url)
    return program === undefined ? identity : `${identity}\nprogram ${program}`
  }

  function sealAttributes(attributes: Entry['attributes']): Entry['attributes'] {
    const sealed: Array<readonly [string, string]> = []
    for (const attribute of attributes) {
      const shown = seal.sealAttribute(attribute)
      if (shown !== undefined) sealed.push(shown)
      else hiddenAttributes++
    }
    return sealed
  }

  return {
    sealEntry(entry: Entry): ListEntry {
      const request = seal.sealRequest(entry.url, entry.headers)
      const name = seal.hide(entry.name)
      return {
        channelId: channelId(keyOfKind(kindOf(entry), keyOf(name))),
        streamId: streamId(id, identityOf(entry)),
        name,
        url: request.url,
        attributes: sealAttributes(entry.attributes),
        headers: request.headers,
        ...(entry.program === undefined ? {} : { program: entry.program }),
      }
    },
    sealGroup: seal.sealGroup,
    sealGuides: seal.sealGuides,
    logins: seal.logins,
    /** Attributes that were left out because they show a login. */
    hiddenAttributes: (): number => hiddenAttributes,
  }
}
