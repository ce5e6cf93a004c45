import type { Incarnation } from './incarnation.ts'
import { createIncarnation } from './incarnation.ts'
import { stamp } from './lease.ts'
import type { Reply } from './link.ts'
import type { Process } from './process.ts'
import { reconcile } from './reconcile.ts'
import { createSession, type Session } from './session.ts'
import { type Host, pollPeers, type RelayMessage, type World } from './world.ts'

export type Edge = Incarnation & {
  readonly world: World
  readonly host: Host
  readonly process: Process
  readonly sessions: ReadonlyMap<string, Session>
  readonly draining: boolean
  call<T>(script: () => T, done: (reply: Reply<T>) => void): void
  nextAttempt(): number
  hear(message: RelayMessage): void
  takeOver(channel: string): void
  /** The leader has closed its connection. */
  hearEnd(channel: string): void
  drain(): void
  viewersChanged(): void
  /** It has no connection for this slot, and none is being made. */
  hasLeft(slot: { readonly source: string; readonly id: string }): boolean
}

/** The edge process of a host: one incarnation, one heartbeat, a session per channel. */
export function createEdge(world: World, host: Host, process: Process): Edge {
  const { rules, random, redis } = world
  const sessions = new Map<string, Session>()
  let draining = false
  let attempts = 0
  let beats = 0
  let beating = false
  let refusedSince: number | undefined

  const incarnation = createIncarnation({
    world,
    host,
    process,
    giveUpAll: (then) => giveUpAll(then),
    recheck: () => {
      for (const session of sessions.values()) session.recheck()
      soon()
    },
  })
  const actions: Omit<Edge, keyof Incarnation | 'draining'> = {
    world,
    host,
    process,
    sessions,
    call: (script, done) => host.link.request(process, script, done),
    nextAttempt: () => {
      attempts += 1
      return attempts
    },
    hear: (message) => sessions.get(message.channel)?.hear(message),
    takeOver: (channel) => sessions.get(channel)?.takeOver(),
    hearEnd: (channel) => sessions.get(channel)?.seek(),
    drain,
    hasLeft: (slot) => ![...sessions.values()].some((session) => session.usesSlot(slot)),
    viewersChanged: () => {
      for (const session of sessions.values()) session.viewersChanged()
    },
  }
  const isDraining: PropertyDescriptorMap = { draining: { get: () => draining } }
  // Not spread: what the incarnation knows changes.
  const edge: Edge = Object.defineProperties(Object.create(incarnation), {
    ...Object.getOwnPropertyDescriptors(actions),
    ...isDraining,
  })
  for (const channel of world.channels) sessions.set(channel, createSession(edge, channel))
  incarnation.begin()
  process.after(random.between(0, rules.timing.beatMs), tick)
  return edge

  function tick(): void {
    process.after(rules.timing.beatMs * random.between(0.9, 1.1), tick)
    beat()
  }

  /** A connection was just cut: looks at once whether Redis refuses. */
  function soon(): void {
    process.after(random.between(20, 60), beat)
  }

  function beat(): void {
    if (beating || !edge.registered) return
    beating = true
    beats += 1
    const { incarnation: name } = edge
    const sent = stamp(process)
    const held = [...sessions.values()].filter((session) => session.holdsAnything || host.viewers.has(session.channel))
    const renewals = held.map((session) => session.prepareRenewal())
    const script = () => ({
      dead: redis.tombstones.has(name),
      recordMissing: !renewRecord(name),
      cold: redis.isCold(),
      runId: redis.runId,
      results: renewals.map((renewal) => renewal.script()),
    })
    edge.call(script, (reply) => {
      beating = false
      if (!reply.ok) return onNoAnswer(reply.why, sent.freshAt)
      refusedSince = undefined
      const { dead, recordMissing, cold, runId, results } = reply.value
      if (name !== edge.incarnation || !edge.registered) return
      if (dead || (recordMissing && !cold)) return edge.rebirth(dead ? 'tombstone' : 'record gone')
      if (recordMissing || runId !== edge.knownRunId) edge.reregister()
      for (const [index, renewal] of renewals.entries()) renewal.handle(results[index]!, { sent, cold })
    })
    if (beats % 28 === 0) reconcile(edge)
  }

  function renewRecord(name: string): boolean {
    const endsAt = redis.records.get(name)
    if (endsAt === undefined || endsAt <= world.clock.now) return false
    redis.records.set(name, world.clock.now + rules.timing.leaseMs)
    return true
  }

  /**
   * Only a refusal that every peer meets as well prolongs what is still held: then nobody can
   * acquire.
   */
  function onNoAnswer(why: 'refused' | 'closed' | 'timeout', sentAt: number): void {
    if (why === 'closed') return soon()
    if (why !== 'refused') return
    refusedSince ??= sentAt
    if (sentAt - refusedSince > rules.timing.outageGraceMs || !isHolding()) return
    const prolong = (allRefused: boolean) => {
      if (!allRefused) return
      for (const session of sessions.values()) session.extendTo(sentAt + rules.timing.deadlineMs)
    }
    if (rules.graceAsksPeers) pollPeers(world, host, prolong)
    else prolong(true)
  }

  function isHolding(): boolean {
    return [...sessions.values()].some((session) => session.holdsAnything)
  }

  function giveUpAll(then: () => void): void {
    for (const session of sessions.values()) session.stop('given up')
    whenAllClosed(then)
  }

  function whenAllClosed(then: () => void): void {
    if ([...sessions.values()].every((session) => !session.hasSocket)) then()
    else process.after(20, () => whenAllClosed(then))
  }

  /** SIGTERM: every channel is handed over, then the process ends with nothing left. */
  function drain(): void {
    if (draining) return
    draining = true
    world.trace?.(host.name, 'drains')
    for (const session of sessions.values()) session.handOver()
    process.after(6000, () => giveUpAll(() => process.after(1000, () => edge.leave())))
  }
}
