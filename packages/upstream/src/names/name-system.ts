import { type LookupAddress, lookup } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { fullNames, type HostsFile, parseHosts, parseSearchList, type SearchList } from './name-files.ts'

/** The names that this machine knows, and its name servers. */
export type NameSystem = {
  /** The entry of /etc/hosts, otherwise the full names to look up. */
  read(name: string): Promise<{
    readonly hosts: readonly LookupAddress[] | undefined
    readonly candidates: readonly string[]
  }>
  /** Rejects with the codes of `node:dns`. */
  query(
    name: string,
    family: 4 | 6,
  ): Promise<{ readonly addresses: readonly LookupAddress[]; readonly isMissing: boolean }>
}

/** Of one question to one server; the second is twice as long. */
const QUERY_MS = 1_500
const TRIES = 2
/** Both files may change while we run. */
const FILES_KEPT_MS = 1_000
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/** Queries by c-ares, which needs no thread, with the files of the system's own resolver. */
export function createNameSystem({ hostsPath = '/etc/hosts', resolvPath = '/etc/resolv.conf' } = {}): NameSystem {
  let readAtMs = Number.NEGATIVE_INFINITY
  let hosts: HostsFile = new Map()
  let resolving = resolvingBy('')
  /**
   * Names of the local link are known to the system's own resolver alone; one thread at most waits
   * for them.
   */
  let local: Promise<unknown> = Promise.resolve()

  async function readFiles(): Promise<void> {
    if (performance.now() - readAtMs < FILES_KEPT_MS) return
    readAtMs = performance.now()
    const [hostsText, newer] = await Promise.all([hostsPath, resolvPath].map(readOrNothing))
    hosts = parseHosts(hostsText!)
    if (newer !== resolving.text) resolving = resolvingBy(newer!)
  }

  return {
    async read(name) {
      await readFiles()
      const key = name.replace(/\.$/, '')
      const isLoopback = key === 'localhost' || key.endsWith('.localhost')
      return {
        hosts: hosts.get(key) ?? (isLoopback ? LOOPBACK : undefined),
        candidates: fullNames(name, resolving.search),
      }
    },

    async query(name, family) {
      if (name.endsWith('.local')) {
        const asked = local.then(() => lookupBySystem(name, family))
        local = asked.catch(() => {})
        return asked
      }
      const { resolver } = resolving
      const found = await (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name))
      return { addresses: found.map((address) => ({ address, family })), isMissing: false }
    },
  }
}

/** @param text of resolv.conf */
function resolvingBy(text: string) {
  const search: SearchList = parseSearchList(text)
  return { text, search, resolver: new Resolver({ timeout: QUERY_MS, tries: TRIES }) }
}

function lookupBySystem(name: string, family: 4 | 6): ReturnType<NameSystem['query']> {
  return new Promise((resolve, reject) => {
    lookup(name, { family, all: true }, (error, addresses) => {
      if (error) reject(error)
      else resolve({ addresses, isMissing: false })
    })
  })
}

async function readOrNothing(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
