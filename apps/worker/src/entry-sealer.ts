import { channelId, type ListEntry, streamId } from '@kptv/catalog'
import {
  findSecrets,
  findSecretsInWords,
  hideSecrets,
  holdsSealed,
  type Source,
  sealSecrets,
  withoutSealed,
} from '@kptv/config'
import {
  type ChannelKey,
  channelKey,
  createLoginMemory,
  createStreamIdentity,
  type Entry,
  holdsLogin,
  type Login,
  remember,
} from '@kptv/playlist'

export type EntrySealer = ReturnType<typeof createEntrySealer>

/**
 * Makes of one list what Redis may hold. The source's credentials become placeholders in addresses, headers and address-like attributes,
 * and `…` in names. Attributes that would show a login in another way are left out: the source's own in plain words, or any other
 * account in an address. The address of the entry itself keeps such an account, or it could not be played.
 *
 * @param keyOf How names become channels.
 */
export function createEntrySealer(
  { id, url, secrets }: Pick<Source, 'id' | 'url' | 'secrets'>,
  keyOf: ChannelKey = channelKey,
) {
  // Those of header fields are not in the address; short ones of them may be words.
  const inFields = secrets.filter((secret) => secret.length >= SHORTEST_FIELD && !url.includes(secret))
  const secretsInWords = [...findSecretsInWords(url), ...inFields]
  const logins = createLoginMemory()
  // A stream is the same whatever header fields its source is asked with.
  const streamIdentity = createStreamIdentity(findSecrets(url))
  const seal = (text: string) => (mayNeedSeal(text, secrets) ? sealSecrets(text, secrets) : text)
  const hide = (text: string) => (holdsAny(text, secretsInWords) ? hideSecrets(text, secretsInWords) : text)
  // Keys are few, and addresses of one list begin alike.
  const isPlainKey = remember(MAX_REMEMBERED, (key) => hide(key) === key)
  const sealFolder = remember(MAX_REMEMBERED, seal)
  const holdSlash = secrets.some((secret) => secret.includes('/'))

  function sealAddress(address: string): string {
    // No secret stands across the slash, unless it has one in it.
    const border = holdSlash ? 0 : address.lastIndexOf('/') + 1
    return border === 0 ? seal(address) : sealFolder(address.slice(0, border)) + seal(address.slice(border))
  }

  function sealAttributes(attributes: Entry['attributes']): Entry['attributes'] {
    const sealed: Array<readonly [string, string]> = []
    for (const attribute of attributes) {
      const shown = sealAttribute(attribute)
      if (shown !== undefined) sealed.push(shown)
    }
    return sealed
  }

  function sealAttribute(attribute: Entry['attributes'][number]): Entry['attributes'][number] | undefined {
    const [key, value] = attribute
    if (!isPlainKey(key)) return undefined
    if (!ADDRESS_LIKE.test(value)) return hide(value) === value ? attribute : undefined
    const sealed = seal(value)
    if (hide(sealed) !== sealed || showsAccount(sealed)) return undefined
    return sealed === value ? attribute : [key, sealed]
  }

  function showsAccount(sealed: string): boolean {
    const shown = withoutSealed(sealed)
    return logins.holds(shown) || holdsLogin(shown)
  }

  return {
    sealEntry(entry: Entry): ListEntry {
      const address = sealAddress(entry.url)
      logins.learn(withoutSealed(address))
      const name = hide(entry.name)
      return {
        channelId: channelId(keyOf(name)),
        streamId: streamId(id, streamIdentity(entry.url)),
        name,
        url: address,
        attributes: sealAttributes(entry.attributes),
        headers: entry.headers.map(([header, value]) => [header, seal(value)]),
      }
    },

    /** The name of a group as people may see it. */
    sealGroup: (name: string): string => hide(name).replace(ADDRESS, '…').slice(0, MAX_GROUP),

    /** Guides of the list; best asked for behind its last entry, when all accounts in it are known. */
    sealGuides(urls: readonly string[]): string[] {
      return urls.map(seal).filter((sealed) => !showsAccount(sealed))
    },

    /** Accounts in addresses of entries, other than the source's own: as secret as those addresses. */
    logins: (): Login[] => logins.all(),
  }
}

const ADDRESS = /\S*:\/\/\S*/g
const SHORTEST_FIELD = 8
const MAX_REMEMBERED = 500
const MAX_GROUP = 200
const ADDRESS_LIKE = /[/?=@]/

/** Most texts hold none, and looking for plain text is far cheaper than sealing. What only pretends to be sealed must be made harmless. */
function mayNeedSeal(text: string, secrets: readonly string[]): boolean {
  return holdsSealed(text) || holdsAny(text, secrets)
}

function holdsAny(text: string, secrets: readonly string[]): boolean {
  for (const secret of secrets) if (text.includes(secret)) return true
  return false
}
