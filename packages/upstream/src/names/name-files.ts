import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'

/** The addresses of /etc/hosts, by name in lower case. */
export type HostsFile = ReadonlyMap<string, readonly LookupAddress[]>

/** How a short name is completed (resolv.conf(5)). */
export type SearchList = { readonly domains: readonly string[]; readonly minDots: number }

/** hosts(5): an address and its names on each line. */
export function parseHosts(text: string): HostsFile {
  const hosts = new Map<string, LookupAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      hosts.set(key, [...(hosts.get(key) ?? []), { address, family }])
    }
  }
  return hosts
}

export function parseSearchList(text: string): SearchList {
  let domains: string[] = []
  let minDots = 1
  for (const line of text.split('\n')) {
    const [keyword = '', ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'search' || keyword === 'domain') domains = values.slice(0, 8)
    const dots = keyword === 'options' ? values.map((value) => /^ndots:(\d{1,2})$/.exec(value)?.[1]) : []
    minDots = Number(dots.find((value) => value !== undefined) ?? minDots)
  }
  return { domains, minDots }
}

/** The full names to look up, in order. */
export function fullNames(name: string, { domains, minDots }: SearchList): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const longer = domains.filter((domain) => domain !== '.').map((domain) => `${name}.${domain}`)
  return name.split('.').length - 1 >= minDots ? [name, ...longer] : [...longer, name]
}
