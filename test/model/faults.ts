import { endProcess, freeze, killBoth, losePower } from './supervisor.ts'
import type { World } from './world.ts'

/**
 * Something that goes wrong. `ms` is how long; `aim` chooses the host, 0 preferring one that leads.
 */
export type Fault = { readonly at: number; readonly kind: FaultKind; readonly ms: number; readonly aim: number }

export type FaultKind = keyof typeof FAULTS

type Applied = { readonly ms: number; readonly aim: number }

/** What each does to the world now; what lasts ends after `ms`. */
const FAULTS = {
  'freeze process': (world: World, { ms, aim }: Applied) =>
    freeze(world, hostAt(world, aim), { ms, both: false, suspended: false }),
  'freeze process and supervisor': (world: World, { ms, aim }: Applied) =>
    freeze(world, hostAt(world, aim), { ms, both: true, suspended: false }),
  'suspend host': (world: World, { ms, aim }: Applied) =>
    freeze(world, hostAt(world, aim), { ms, both: true, suspended: true }),
  'block event loop': (world: World, { ms, aim }: Applied) =>
    freeze(world, hostAt(world, aim), { ms: Math.min(ms, 2500), both: false, suspended: false }),
  'kill -9 process': (world: World, { aim }: Applied) => endProcess(world, hostAt(world, aim)),
  'kill -9 process and supervisor': (world: World, { ms, aim }: Applied) =>
    killBoth(world, hostAt(world, aim), Math.min(ms, 6000)),
  'lose power': (world: World, { ms, aim }: Applied) =>
    losePower(world, hostAt(world, aim), { backAfterMs: Math.max(ms, 3000), halfOpenMs: ms * 2 }),
  'black hole to Redis': linkFault('blackHole'),
  'answers of Redis lost': linkFault('answersLost'),
  'requests to Redis lost': linkFault('requestsLost'),
  'Redis refuses one host': linkFault('refused'),
  'slow link': (world: World, { ms, aim }: Applied) => {
    const { link } = hostAt(world, aim)
    link.slowMs = world.random.between(100, 900)
    world.clock.after(ms, () => {
      link.slowMs = 0
    })
  },
  'lossy link': (world: World, { ms, aim }: Applied) => {
    const { link } = hostAt(world, aim)
    link.lossRate = world.random.between(0.1, 0.6)
    world.clock.after(ms, () => {
      link.lossRate = 0
      link.setMode(link.mode)
    })
  },
  'Redis restarts empty': (world: World, { ms }: Applied) => {
    world.redis.crash()
    world.clock.after(ms, () => world.redis.comeBack())
  },
  'Redis hangs': (world: World, { ms }: Applied) => {
    if (world.redis.state !== 'up') return
    world.redis.hang()
    world.clock.after(ms, () => {
      if (world.redis.state === 'hanging') world.redis.comeBack()
    })
  },
  'Redis is flushed': (world: World) => world.redis.flush(),
  'liveness watch cut': (world: World, { aim }: Applied) => {
    const host = hostAt(world, aim)
    if (host.edge !== undefined) cutWatch(world, host.edge.incarnation)
  },
  'provider hangs up': (world: World, { aim }: Applied) => {
    const { connections } = world.provider
    const connection = connections[aim % Math.max(1, connections.length)]
    if (connection !== undefined && !connection.halfOpen) world.provider.hangUp(connection)
  },
  'viewers change': (world: World, { aim }: Applied) => {
    const host = hostAt(world, aim)
    for (const channel of world.channels) {
      if (world.random.chance(0.5)) host.viewers.delete(channel)
      else host.viewers.add(channel)
    }
    host.edge?.viewersChanged()
  },
  SIGTERM: (world: World, { aim }: Applied) => hostAt(world, aim).process?.run(() => hostAt(world, aim).edge?.drain()),
}

/** These are over at once. */
const MOMENTARY: readonly FaultKind[] = [
  'kill -9 process',
  'Redis is flushed',
  'liveness watch cut',
  'provider hangs up',
  'viewers change',
  'SIGTERM',
]

export const endOfFault = ({ at, kind, ms }: Fault): number => (MOMENTARY.includes(kind) ? at : at + ms)

export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[]

export function applyFault(world: World, { kind, ms, aim }: Fault): void {
  world.trace?.('fault', `${kind} (${ms} ms, host ${hostAt(world, aim).name})`)
  FAULTS[kind](world, { ms, aim })
}

/** Redis closes the subscription; its node hears of it unless its link is down. */
export function cutWatch(world: World, incarnation: string): void {
  const { clock, redis, hosts } = world
  redis.deathWatches.delete(incarnation)
  const host = hosts.find(({ edge }) => edge?.incarnation === incarnation)
  if (host === undefined) return
  const { edge, process, link } = host
  clock.after(link.delayMs(), () => link.whenOpen(() => process?.run(() => edge?.watchLost())))
}

function hostAt(world: World, aim: number) {
  const leads = world.hosts.find(({ edge }) =>
    [...(edge?.sessions.values() ?? [])].some(({ pull }) => pull !== undefined),
  )
  return aim === 0 && leads !== undefined ? leads : world.hosts[aim % world.hosts.length]!
}

function linkFault(mode: 'blackHole' | 'answersLost' | 'requestsLost' | 'refused') {
  return (world: World, { ms, aim }: Applied) => {
    const { link } = hostAt(world, aim)
    // A second refused host would take away the peer that can be asked; see the README.
    if (mode === 'refused' && world.hosts.some((host) => host.link.mode === 'refused')) return
    if (link.mode !== 'open') return
    link.setMode(mode)
    world.clock.after(ms, () => link.setMode('open'))
  }
}
