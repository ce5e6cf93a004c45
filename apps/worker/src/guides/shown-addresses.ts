import { showsLogin } from '@kptv/addresses'
import { loginsOf, type Source } from '@kptv/config'
import type { Guide } from './guide.ts'

/**
 * Which addresses in a guide's programmes may be handed to players: those of images elsewhere. None
 * of a provider, or with a login, since every output of KPTV keeps those to itself.
 */
export function shownAddresses(guide: Guide, sources: readonly Source[]): (address: string) => boolean {
  const secrets = sources.flatMap((source) => loginsOf(source).flatMap(({ secrets }) => secrets))
  const ofSources = sources.map(({ url }) => new URL(url).hostname)
  const hosts = new Set(guide.sourceId === undefined ? ofSources : [...ofSources, new URL(guide.url).hostname])
  return (address) => {
    const host = URL.parse(address)?.hostname
    if (host === undefined || hosts.has(host) || showsLogin(address)) return false
    return !secrets.some((secret) => address.includes(secret))
  }
}
