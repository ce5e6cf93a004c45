import { createLoginMemory, type Login } from './login-memory.ts'
import { remember } from './remember.ts'
import { hideSecrets, holdsSealed, sealSecrets, withoutSealed } from './seal.ts'
import { showsLogin } from './shown-login.ts'
import { findSecretsInWords } from './source-secrets.ts'

type Attribute = readonly [key: string, value: string]

/**
 * Turns the texts of one list into ones that may be shown. The source's credentials become
 * placeholders in addresses, and `…` in words. Attributes that would show a login in another way
 * are left out: the source's own login in plain words, or any other account in an address.
 * Addresses of entries keep such an account, because they could not be played without it.
 *
 * @param markOf the mark of placeholders in an address, see {@link sealSecrets}
 */
export function createListSeal({
  url,
  secrets,
  markOf = () => '',
}: {
  readonly url: string
  readonly secrets: readonly string[]
  readonly markOf?: (address: string) => string
}) {
  // Secrets of header fields are not in the address; the short ones may be ordinary words.
  const inFields = secrets.filter((secret) => secret.length >= MIN_FIELD_LENGTH && !url.includes(secret))
  const secretsInWords = [...findSecretsInWords(url), ...inFields]
  const logins = createLoginMemory()
  const seal = (text: string, mark: string) => (mayNeedSeal(text, secrets) ? sealSecrets(text, secrets, mark) : text)
  const hide = (text: string) => (holdsAny(text, secretsInWords) ? hideSecrets(text, secretsInWords) : text)
  // There are few keys, and the addresses of one list begin alike.
  const isPlainKey = remember(MAX_REMEMBERED, (key) => hide(key) === key)
  const sealOrigin = remember(MAX_REMEMBERED, (folder) => {
    const mark = markOf(folder)
    return { mark, folder: seal(folder, mark) }
  })
  const holdSlash = secrets.some((secret) => secret.includes('/'))

  /** The address, and the mark that it is sealed with. */
  function sealAddress(address: string): { readonly url: string; readonly mark: string } {
    // No secret spans the slash, unless it contains one.
    const border = holdSlash ? 0 : Math.max(address.lastIndexOf('/') + 1, originEnd(address))
    if (border === 0) {
      const mark = markOf(address)
      return { url: seal(address, mark), mark }
    }
    const { mark, folder } = sealOrigin(address.slice(0, border))
    return { url: folder + seal(address.slice(border), mark), mark }
  }

  function sealAttribute(attribute: Attribute): Attribute | undefined {
    const [key, value] = attribute
    if (!isPlainKey(key)) return undefined
    if (!ADDRESS_LIKE.test(value)) return hide(value) === value ? attribute : undefined
    const sealed = sealAddress(value).url
    if (hide(sealed) !== sealed || showsAccount(sealed)) return undefined
    return sealed === value ? attribute : [key, sealed]
  }

  function showsAccount(sealed: string): boolean {
    const shown = withoutSealed(sealed)
    return logins.holds(shown) || showsLogin(shown)
  }

  return {
    /**
     * The address of an entry and its header fields. An account in it that is not the source's own
     * is remembered.
     */
    sealRequest(address: string, headers: readonly Attribute[]) {
      const { url: sealed, mark } = sealAddress(address)
      logins.learn(withoutSealed(sealed))
      return { url: sealed, headers: headers.map(([name, value]): Attribute => [name, seal(value, mark)]) }
    },

    /** Undefined: it would show a login. */
    sealAttribute,

    /** Names, and other words that people read. */
    hide,

    /** The name of a group, fit to be shown. */
    sealGroup: (name: string): string => hide(name).replace(ADDRESS, '…').slice(0, MAX_GROUP_LENGTH),

    /** Guides of the list; best called after its last entry, when all its accounts are known. */
    sealGuides(urls: readonly string[]): string[] {
      return urls.map((guide) => sealAddress(guide).url).filter((sealed) => !showsAccount(sealed))
    },

    /**
     * Accounts in addresses of entries, other than the source's own: as secret as those addresses.
     */
    logins: (): Login[] => logins.all(),
  }
}

const ADDRESS = /\S*:\/\/\S*/g
const MIN_FIELD_LENGTH = 8
const MAX_REMEMBERED = 500
const MAX_GROUP_LENGTH = 200
const ADDRESS_LIKE = /[/?=@]/

/** Index behind `scheme://host`, or 0. */
function originEnd(address: string): number {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(address)?.[0].length ?? 0
}

/**
 * Most texts hold none, and looking for plain text is far cheaper than sealing. Text that only
 * looks sealed must be made harmless.
 */
function mayNeedSeal(text: string, secrets: readonly string[]): boolean {
  return holdsSealed(text) || holdsAny(text, secrets)
}

function holdsAny(text: string, secrets: readonly string[]): boolean {
  for (const secret of secrets) if (text.includes(secret)) return true
  return false
}
