import { createEdge } from './edge.ts'
import { createLink } from './link.ts'
import { createProcess } from './process.ts'
import type { Host, World } from './world.ts'

/** A host whose supervisor has started the edge process. */
export function createHost(world: World, name: string, rate: number): Host {
  const { clock, random, redis, rules } = world
  const { commandMs } = rules.timing
  const host: Host = {
    name,
    rate,
    link: createLink({ clock, random, redis, commandMs }),
    supervisor: 'running',
    process: undefined,
    edge: undefined,
    starts: 0,
    endProcess: () => endProcess(world, host),
    viewers: new Set(),
  }
  return host
}

export function startProcess(world: World, host: Host): void {
  if (host.process !== undefined) return
  host.starts += 1
  host.supervisor = 'running'
  host.process = createProcess(`${host.name}-${host.starts}`, host.rate, world)
  host.edge = createEdge(world, host, host.process)
}

/** The kernel closes its sockets; then, and only then, the supervisor writes the tombstone. */
export function endProcess(world: World, host: Host): void {
  const { process, edge } = host
  if (process === undefined || edge === undefined) return
  const { incarnation } = edge
  process.die()
  world.provider.processDied(process)
  host.process = undefined
  host.edge = undefined
  world.trace?.(host.name, `process ${process.name} ended`)
  world.clock.after(world.random.between(1, 10), () => {
    host.link.whenOpen(() => world.redis.deathWatches.delete(incarnation))
  })
  if (host.supervisor !== 'dead') clearAway(world, host, incarnation)
}

function clearAway(world: World, host: Host, incarnation: string): void {
  if (host.supervisor === 'dead') return
  if (host.supervisor === 'frozen') return void world.clock.after(100, () => clearAway(world, host, incarnation))
  // The supervisor is a process too, but only its clock matters for asking Redis.
  const supervisor = createProcess(`${host.name}-supervisor`, host.rate, world)
  const write = (tries: number) =>
    host.link.request(
      supervisor,
      () => world.redis.tombstones.add(incarnation),
      (reply) => {
        if (!reply.ok && tries > 0) world.clock.after(500, () => write(tries - 1))
      },
    )
  write(20)
  world.clock.after(world.random.between(400, 1500), () => startProcess(world, host))
}

/** kill -9 of both: nobody writes a tombstone; something outside starts them again. */
export function killBoth(world: World, host: Host, backAfterMs: number): void {
  host.supervisor = 'dead'
  endProcess(world, host)
  world.clock.after(backAfterMs, () => startProcess(world, host))
}

/** No kernel is left to close anything: provider and Redis keep counting. */
export function losePower(
  world: World,
  host: Host,
  times: { readonly backAfterMs: number; readonly halfOpenMs: number },
): void {
  const { process, edge } = host
  if (process === undefined || edge === undefined) return
  const { incarnation } = edge
  host.supervisor = 'dead'
  process.die()
  world.provider.powerLost(process, times.halfOpenMs)
  host.process = undefined
  host.edge = undefined
  world.clock.after(times.halfOpenMs, () => world.redis.deathWatches.delete(incarnation))
  world.clock.after(times.backAfterMs, () => startProcess(world, host))
}

/**
 * SIGSTOP, a blocked event loop, or a suspended machine. A running supervisor kills what is silent
 * for `killAfterMs`.
 */
export function freeze(
  world: World,
  host: Host,
  how: { readonly ms: number; readonly both: boolean; readonly suspended: boolean },
): void {
  const { process } = host
  if (process === undefined || process.frozen || host.supervisor !== 'running') return
  const { clock, random, rules } = world
  process.freeze(how.suspended)
  process.unwatchedFreeze = how.both
  if (how.both) host.supervisor = 'frozen'
  const kill = () => {
    if (!process.alive) return
    world.trace?.(host.name, 'supervisor kills the silent process')
    endProcess(world, host)
  }
  const silentFor = rules.timing.killAfterMs - random.between(0, 250)
  if (!how.both && how.ms > silentFor / host.rate) return void clock.after(silentFor / host.rate, kill)
  clock.after(how.ms, () => {
    if (how.both && host.supervisor === 'frozen') host.supervisor = 'running'
    if (!process.alive) return
    world.trace?.(host.name, 'resumes')
    process.thaw()
    // By its own clock the supervisor has heard nothing for too long.
    if (how.both && !how.suspended && how.ms > silentFor && random.chance(0.5)) clock.after(random.between(0, 50), kill)
  })
}
