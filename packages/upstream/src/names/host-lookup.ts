import dns, { type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNameSystem, type NameSystem } from './name-system.ts'

/** How long one lookup may take, with any name servers. */
const LOOKUP_MS = 5_000
/** How long addresses of one family wait for those of the other (RFC 8305 section 3). */
const OTHER_FAMILY_MS = 50
const KEPT_MS = 30_000
/** A failed name is looked up again soon, but not for each of many players. */
const FAILURE_KEPT_MS = 2_000
const MAX_KEPT = 1_000

export type HostLookup = (name: string) => Promise<readonly LookupAddress[]>

type LookupOptions = {
  readonly system?: NameSystem
  readonly lookupMs?: number
  readonly monotonicMs?: () => number
}

type Kept = { readonly result: Promise<readonly LookupAddress[]>; endsAtMs: number }

/**
 * Resolves host names without the threads of libuv: there are four of them for the whole process,
 * and a name server that does not answer would hold each for many seconds, so that no other name
 * could be resolved. Each name is looked up once at a time for all callers; results are kept for a
 * short while.
 *
 * @returns a function that rejects with `code` `ENOTFOUND` (there is no such name) or `EAI_AGAIN`
 *   (no answer)
 */
export function createHostLookup(options: LookupOptions = {}): HostLookup {
  const { system = createNameSystem(), lookupMs = LOOKUP_MS, monotonicMs = () => performance.now() } = options
  const known = new Map<string, Kept>()

  async function resolve(name: string): Promise<readonly LookupAddress[]> {
    const { hosts, candidates } = await system.read(name)
    if (hosts !== undefined) return hosts
    let failure = nameError('ENOTFOUND', name)
    for (const candidate of candidates) {
      const found = await queryBoth(system, candidate)
      if (found.addresses.length > 0) return found.addresses
      if (!found.isMissing) failure = nameError('EAI_AGAIN', name)
    }
    throw failure
  }

  async function limited(name: string): Promise<readonly LookupAddress[]> {
    const over = new AbortController()
    const late = sleep(lookupMs, undefined, { signal: over.signal, ref: false }).then(() => {
      throw nameError('EAI_AGAIN', name)
    })
    late.catch(() => {})
    try {
      return await Promise.race([resolve(name), late])
    } finally {
      over.abort()
    }
  }

  return (name) => {
    const family = isIP(name)
    if (family !== 0) return Promise.resolve([{ address: name, family }])
    const key = name.toLowerCase()
    const kept = known.get(key)
    if (kept !== undefined && kept.endsAtMs > monotonicMs()) return kept.result
    known.delete(key)
    if (known.size >= MAX_KEPT) known.delete(known.keys().next().value!)
    const entry: Kept = { result: limited(key), endsAtMs: Number.POSITIVE_INFINITY }
    known.set(key, entry)
    entry.result.then(
      () => {
        entry.endsAtMs = monotonicMs() + KEPT_MS
      },
      () => {
        entry.endsAtMs = monotonicMs() + FAILURE_KEPT_MS
      },
    )
    return entry.result
  }
}

/** For `net.connect`. */
export function toLookupFunction(lookup: HostLookup): LookupFunction {
  return (name, options, callback) => {
    lookup(name).then(
      (found) => {
        const wanted = found.filter(({ family }) => options.family === undefined || isFamily(options.family, family))
        const [first] = wanted
        if (first === undefined) return callback(nameError('ENOTFOUND', name), '')
        if (options.all === true) return callback(null, [...wanted])
        callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    )
  }
}

/** The one of this process. */
export const lookupHost: HostLookup = createHostLookup()

function isFamily(wanted: number | 'IPv4' | 'IPv6', family: number): boolean {
  return wanted === 0 || wanted === family || wanted === `IPv${family}`
}

type Answers = { readonly addresses: readonly LookupAddress[]; readonly isMissing: boolean }

/** IPv4 first, because many networks resolve IPv6 addresses but cannot reach them. */
async function queryBoth({ query }: NameSystem, name: string): Promise<Answers> {
  const [four, six] = [query(name, 4), query(name, 6)].map((asked) => asked.catch(toFailure)) as [Query, Query]
  const first = await Promise.race([four.then(tagged(4)), six.then(tagged(6))])
  const other = first.family === 4 ? six : four
  const hasAddresses = first.answers.addresses.length > 0
  const second = await (hasAddresses ? Promise.race([other, sleep(OTHER_FAMILY_MS, NOTHING, { ref: false })]) : other)
  const inOrder = first.family === 4 ? [first.answers, second] : [second, first.answers]
  return {
    addresses: inOrder.flatMap(({ addresses }) => addresses),
    isMissing: first.answers.isMissing && second.isMissing,
  }
}

type Query = Promise<Answers>

const NOTHING: Answers = { addresses: [], isMissing: true }

const tagged = (family: 4 | 6) => (answers: Answers) => ({ family, answers })

function toFailure(error: unknown): Answers {
  const { code } = error as NodeJS.ErrnoException
  return { addresses: [], isMissing: code === dns.NOTFOUND || code === dns.NODATA }
}

function nameError(code: 'ENOTFOUND' | 'EAI_AGAIN', name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${name}`), { code })
}
