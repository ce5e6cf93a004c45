import type { Random } from '@kptv/testkit'
import type { Edge } from './edge.ts'
import type { FakeRedis } from './fake-redis.ts'
import type { Judge } from './judge.ts'
import type { Link } from './link.ts'
import type { Process } from './process.ts'
import type { Provider } from './provider.ts'
import type { SeenHolder } from './redis-slots.ts'
import type { Rules } from './rules.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A machine with a supervisor and its one edge process. */
export type Host = {
  readonly name: string
  readonly rate: number
  readonly link: Link
  supervisor: 'running' | 'frozen' | 'dead'
  process: Process | undefined
  edge: Edge | undefined
  starts: number
  /** Ends its process cleanly, as the process wished. */
  endProcess(): void
  /** Channels that have viewers here. They come back to this host after each of its ends. */
  readonly viewers: Set<string>
}

export type World = {
  readonly clock: VirtualClock
  readonly random: Random
  readonly rules: Rules
  readonly redis: FakeRedis
  readonly provider: Provider
  readonly judge: Judge
  readonly hosts: Host[]
  readonly channels: readonly string[]
  readonly sources: ReadonlyMap<string, number>
  /** Writes one line of the event log; absent unless someone reads it. */
  readonly trace: ((who: string, text: string) => void) | undefined
}

/** Part of the questions between nodes that get no answer. */
const LOST_QUESTIONS = 0.2

export type RelayMessage = { readonly channel: string; readonly term: number; readonly hasMedia: boolean }

/** Pub/sub through Redis: lost whenever anything on the way is away. */
export function publish(world: World, from: Host, message: RelayMessage): void {
  broadcast(world, from, (edge) => edge.hear(message))
}

/** The last word of a leader that has closed its connection. */
export function publishEnd(world: World, from: Host, channel: string): void {
  broadcast(world, from, (edge) => edge.hearEnd(channel))
}

function broadcast(world: World, from: Host, notify: (edge: Edge) => void): void {
  const { clock, random, redis } = world
  if (from.link.mode !== 'open' || redis.state !== 'up' || random.chance(from.link.lossRate)) return
  for (const host of world.hosts) {
    if (host === from || host.edge === undefined || host.link.mode !== 'open') continue
    const { edge, process, link } = host
    if (process?.alive !== true || random.chance(link.lossRate)) continue
    const delayMs = from.link.delayMs() + link.delayMs()
    clock.after(delayMs, () => process.run(() => notify(edge)))
  }
}

/** Asks a node, over the relay's answers, to take a channel over. */
export function sendOffer(
  world: World,
  from: Host,
  { to, channel }: { readonly to: string; readonly channel: string },
): void {
  if (from.link.mode !== 'open' || world.redis.state !== 'up') return
  const host = world.hosts.find(({ edge }) => edge?.incarnation === to)
  if (host === undefined || host.link.mode !== 'open') return
  const { edge, process } = host
  world.clock.after(from.link.delayMs(), () => process?.run(() => edge?.takeOver(channel)))
}

/**
 * Of each peer asked "does Redis refuse you too?": true only when every one says so within 300 ms.
 */
export function pollPeers(world: World, from: Host, done: (allRefused: boolean) => void): void {
  const peers = world.hosts.filter((host) => host !== from)
  let refusals = 0
  let settled = false
  const settle = (answer: boolean) => {
    if (settled) return
    settled = true
    done(answer)
  }
  const asker = from.process!
  asker.after(300, () => settle(false))
  for (const peer of peers) {
    const { process, link } = peer
    if (process?.alive !== true || !isOnPeerNetwork(link) || !isOnPeerNetwork(from.link)) continue
    world.clock.after(world.random.between(0.5, 5), () =>
      process.run(() =>
        link.request(
          process,
          () => undefined,
          (reply) => {
            if (reply.ok || reply.why !== 'refused') return asker.run(() => settle(false))
            refusals += 1
            if (refusals === peers.length) asker.run(() => settle(true))
          },
        ),
      ),
    )
  }
}

/**
 * The process that holds a slot is asked by another way than Redis: true only when it says itself,
 * within half a second, that it has left it.
 */
export function confirmLeft(world: World, from: Host, holder: SeenHolder, done: (hasLeft: boolean) => void): void {
  const { clock, random, hosts } = world
  const asker = from.process!
  const host = hosts.find(({ process }) => process?.alive && holder.incarnation.startsWith(`${process.name}.`))
  if (host?.edge === undefined || random.chance(LOST_QUESTIONS)) return done(false)
  const { edge, process } = host
  let settled = false
  const settle = (hasLeft: boolean) => {
    if (settled) return
    settled = true
    done(hasLeft)
  }
  asker.after(500, () => settle(false))
  clock.after(random.between(0.5, 5), () =>
    process!.run(() => {
      const hasLeft = edge.hasLeft(holder)
      if (hasLeft) world.trace?.(host.name, `says that it has left ${holder.id}`)
      clock.after(random.between(0.5, 5), () => asker.run(() => settle(hasLeft)))
    }),
  )
}

function isOnPeerNetwork(link: Link): boolean {
  return link.mode === 'open' || link.mode === 'refused'
}
