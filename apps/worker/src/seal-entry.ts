import { type ListEntry, streamId } from '@kptv/catalog'
import { type Source, sealSecrets } from '@kptv/config'
import { type Entry, streamIdentity } from '@kptv/playlist'

/**
 * An entry as Redis may hold it: the source's credentials in address, headers and address-like attributes are replaced
 * by placeholders. Plain words stay as they are: a user called "news" must not rename the group "News".
 */
export function sealEntry(entry: Entry, { id, secrets }: Pick<Source, 'id' | 'secrets'>): ListEntry {
  const seal = (text: string) => (mayHoldSecret(text, secrets) ? sealSecrets(text, secrets) : text)
  return {
    name: entry.name,
    streamId: streamId(id, streamIdentity({ url: entry.url, secrets })),
    url: seal(entry.url),
    attributes: entry.attributes.map(([key, value]) => [key, looksLikeAddress.test(value) ? seal(value) : value]),
    headers: entry.headers.map(([name, value]) => [name, seal(value)]),
  }
}

const looksLikeAddress = /[/?=@]/

/** Most attributes hold none, and looking for plain text is far cheaper than sealing; see the placeholders of `sealSecrets`. */
function mayHoldSecret(text: string, secrets: readonly string[]): boolean {
  return text.includes('{secret-') || secrets.some((secret) => text.includes(secret))
}
