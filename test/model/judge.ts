import type { OwnershipObserver } from './fake-redis.ts'
import type { Process } from './process.ts'
import type { Connection } from './provider.ts'
import type { Pull } from './pull.ts'
import { createResidualCases, type ResidualCase } from './residual-cases.ts'
import type { Host, World } from './world.ts'

export type Violation = { readonly at: number; readonly invariant: string; readonly text: string }

type Change = {
  readonly term: number
  readonly incarnation: string
  readonly evidence: string
  readonly previousTerm: number
}

export type Judge = OwnershipObserver & {
  readonly violations: readonly Violation[]
  /** How often an invariant was stretched by a case that is documented, by its name. */
  readonly residuals: ReadonlyMap<ResidualCase, number>
  connectionOpened(connection: Connection): void
  /** A leader let media or a tick pass. */
  spoke(by: {
    readonly channel: string
    readonly term: number
    readonly incarnation: string
    readonly process: Process
  }): void
  accepted(process: Process, channel: string, term: number): void
  violate(invariant: string, text: string): void
}

/** Looks at every event that can break an invariant, with knowledge that no node has. */
export function createJudge(getWorld: () => World): Judge {
  const violations: Violation[] = []
  const residuals = new Map<ResidualCase, number>()
  const changes = new Map<string, Change[]>()
  const heard = new Map<Process, Map<string, number>>()
  const cases = createResidualCases(getWorld)

  function violate(invariant: string, text: string): void {
    const { clock, trace } = getWorld()
    trace?.('judge', `${invariant} BROKEN: ${text}`)
    violations.push({ at: clock.now, invariant, text })
  }

  function excuse(connection: Connection): boolean {
    const found = cases.find(connection)
    if (found === undefined) return false
    residuals.set(found, (residuals.get(found) ?? 0) + 1)
    getWorld().trace?.('judge', `residual case: ${found}`)
    return true
  }

  function checkSource(source: string): void {
    const { provider, sources } = getWorld()
    const limit = sources.get(source)!
    const open = provider.connections.filter((connection) => connection.source === source)
    if (open.length <= limit) return
    if (open.filter((connection) => !excuse(connection)).length > limit) {
      violate('I1', `${open.length} connections to ${source}, limit ${limit}: ${open.map(describe).join(', ')}`)
    }
  }

  /**
   * Two of one channel only in a make-before-break, or when the old one's end is unproven and the
   * new one has its own slot.
   */
  function checkChannel(channel: string): void {
    const open = getWorld().provider.connections.filter((connection) => connection.channel === channel)
    if (open.length < 2) return
    open.sort((one, other) => one.term - other.term)
    for (let place = 1; place < open.length; place += 1) {
      const [older, newer] = [open[place - 1]!, open[place]!]
      if (mayOverlap(older, newer) || excuse(older)) continue
      violate('I2', `${channel} has ${open.map(describe).join(', ')}`)
    }
  }

  function mayOverlap(older: Connection, newer: Connection): boolean {
    if (older.slotId === newer.slotId) return false
    // Prepared under the leader's term, with its own slot; whichever other node leads
    // meanwhile, it ends soon.
    if ((older.isPrepared === true) !== (newer.isPrepared === true) && older.term <= newer.term) return true
    if (older.term === newer.term) return false
    return (changes.get(newer.channel) ?? []).some(
      ({ term, evidence }) =>
        term > older.term && term <= newer.term && (evidence === 'unproven' || evidence === 'handed-over'),
    )
  }

  return {
    violations,
    residuals,
    violate,
    granted(what, isReassertion) {
      const { redis, clock, rules } = getWorld()
      if (redis.state !== 'up') violate('I6', `${what} granted while Redis is ${redis.state}`)
      const isWarm = clock.now - redis.forgotAt >= rules.timing.warmUpMs
      if (!isWarm && !isReassertion) violate('I6', `${what} granted in the warm-up`)
    },
    leads(channel, change) {
      const known = changes.get(channel) ?? []
      changes.set(channel, known)
      const newest = known.at(-1)
      if (newest !== undefined && change.term <= newest.term) {
        violate('I4', `${channel}: term ${change.term} granted after ${newest.term}`)
      }
      known.push(change)
    },
    provenDead: (incarnation) => cases.provenDead(incarnation),
    slotsChanged(source) {
      const { redis, sources } = getWorld()
      const count = redis.slotCount(source)
      if (count > sources.get(source)!) violate('I1', `${count} slots of ${source}, limit ${sources.get(source)}`)
    },
    renewed: (incarnation, slotId) => cases.renewed(incarnation, slotId),
    connectionOpened(connection) {
      checkSource(connection.source)
      checkChannel(connection.channel)
    },
    spoke({ channel, term, incarnation, process }) {
      this.accepted(process, channel, term)
      const known = changes.get(channel) ?? []
      const newest = known.at(-1)
      if (newest === undefined || newest.term <= term || newest.incarnation === incarnation) return
      const isHandedOver = known.some(({ evidence, previousTerm }) => {
        return evidence === 'handed-over' && previousTerm === term
      })
      if (isHandedOver || cases.isFalselyProven(incarnation)) return
      violate('I4', `${process.name} speaks in term ${term} of ${channel} after ${newest.term} was granted`)
    },
    accepted(process, channel, term) {
      const terms = heard.get(process) ?? new Map<string, number>()
      heard.set(process, terms)
      const highest = terms.get(channel) ?? 0
      if (term < highest) violate('I4', `${process.name} accepts term ${term} of ${channel} after ${highest}`)
      else terms.set(channel, term)
    },
  }
}

function describe({ channel, term, incarnation, process, halfOpen }: Connection): string {
  const state = halfOpen ? ', half-open' : process.frozen ? ', frozen' : ''
  return `${channel} of ${incarnation} (term ${term}${state})`
}

/**
 * Liveness: every watched channel plays from exactly one leader, or as many as there are
 * connections for; nothing is held that is not used.
 *
 * @returns what is not so yet
 */
export function findUnrest(world: World): string | undefined {
  const { hosts, channels, sources, redis } = world
  const watched = channels.filter((channel) => hosts.some((host) => host.viewers.has(channel)))
  const capacity = [...sources.values()].reduce((sum, limit) => sum + limit)
  const playing = channels.filter((channel) => {
    const leader = findLeader(world, channel)
    return leader !== undefined && leader !== 'several' && leader.isPlaying
  })
  if (playing.length < Math.min(watched.length, capacity)) return `${playing.length} of ${watched.length} channels play`
  for (const channel of channels) {
    const leader = findLeader(world, channel)
    if (leader === 'several') return `${channel} has several leaders`
    if (leader === undefined && redis.readLead(channel) !== undefined)
      return `${channel} has a lead that nobody knows of`
    if (leader === undefined) continue
    if (!watched.includes(channel)) return `${channel} is led for nobody`
    if (redis.readLead(channel)?.term !== leader.term) return `${channel}: Redis knows another leader`
    const deaf = hosts.find((host) => isDeaf(host, channel, leader.term))
    if (deaf !== undefined) return `${deaf.name} does not follow ${channel}`
  }
  return findLeak(world)
}

function findLeader({ hosts }: World, channel: string): Pull | 'several' | undefined {
  const [leader, other] = hosts.flatMap(({ edge }) => edge?.sessions.get(channel)?.pull ?? [])
  return other === undefined ? leader : 'several'
}

function isDeaf(host: Host, channel: string, term: number): boolean {
  const session = host.edge?.sessions.get(channel)
  return host.viewers.has(channel) && session !== undefined && session.pull === undefined && session.highestTerm < term
}

function findLeak({ provider, redis, sources }: World): string | undefined {
  for (const source of sources.keys()) {
    const open = provider.connections.filter((connection) => connection.source === source && !connection.halfOpen)
    if (redis.slotCount(source) !== open.length) {
      return `${source} has ${redis.slotCount(source)} slots for ${open.length} connections`
    }
  }
  return undefined
}
