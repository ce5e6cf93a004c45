import { type ListEntry, streamId } from '@kptv/catalog'
import { findSecretsInWords, hideSecrets, holdsSealed, type Source, sealSecrets, withoutSealed } from '@kptv/config'
import { createLoginMemory, type Entry, holdsLogin, streamIdentity } from '@kptv/playlist'

export type EntrySealer = ReturnType<typeof createEntrySealer>

/**
 * Makes of one list what Redis may hold. The source's credentials become placeholders in addresses, headers and address-like attributes,
 * and `…` in names. Attributes that would show a login in another way are left out: the source's own in plain words, or any other
 * account in an address. The address of the entry itself keeps such an account, or it could not be played.
 */
export function createEntrySealer({ id, url, secrets }: Pick<Source, 'id' | 'url' | 'secrets'>) {
  const secretsInWords = findSecretsInWords(url)
  const logins = createLoginMemory()
  const seal = (text: string) => (mayNeedSeal(text, secrets) ? sealSecrets(text, secrets) : text)
  const hide = (text: string) => (holdsAny(text, secretsInWords) ? hideSecrets(text, secretsInWords) : text)

  function sealAttribute([key, value]: Entry['attributes'][number]): Array<readonly [string, string]> {
    if (hide(key) !== key) return []
    if (!ADDRESS_LIKE.test(value)) return hide(value) === value ? [[key, value]] : []
    const sealed = seal(value)
    return hide(sealed) !== sealed || showsAccount(sealed) ? [] : [[key, sealed]]
  }

  function showsAccount(sealed: string): boolean {
    const shown = withoutSealed(sealed)
    return logins.holds(shown) || holdsLogin(shown)
  }

  return {
    sealEntry(entry: Entry): ListEntry {
      const address = seal(entry.url)
      logins.learn(withoutSealed(address))
      return {
        name: hide(entry.name),
        streamId: streamId(id, streamIdentity({ url: entry.url, secrets })),
        url: address,
        attributes: entry.attributes.flatMap(sealAttribute),
        headers: entry.headers.map(([name, value]) => [name, seal(value)]),
      }
    },

    /** Guides of the list; best asked for behind its last entry, when all accounts in it are known. */
    sealGuides(urls: readonly string[]): string[] {
      return urls.map(seal).filter((sealed) => !showsAccount(sealed))
    },
  }
}

const ADDRESS_LIKE = /[/?=@]/

/** Most texts hold none, and looking for plain text is far cheaper than sealing. What only pretends to be sealed must be made harmless. */
function mayNeedSeal(text: string, secrets: readonly string[]): boolean {
  return holdsSealed(text) || holdsAny(text, secrets)
}

function holdsAny(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret))
}
