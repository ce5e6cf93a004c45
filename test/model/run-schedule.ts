import { createRandom } from '@kptv/testkit'
import { createFakeRedis } from './fake-redis.ts'
import { applyFault, cutWatch, endOfFault } from './faults.ts'
import { createJudge, findUnrest, type Violation } from './judge.ts'
import { createProvider } from './provider.ts'
import type { ResidualCase } from './residual-cases.ts'
import { RULES, type Rules } from './rules.ts'
import type { Schedule } from './schedule.ts'
import { createHost, startProcess } from './supervisor.ts'
import { createVirtualClock } from './virtual-clock.ts'
import type { World } from './world.ts'

/** After the last fault: lease, quarantine, warm-up, a late restart, and time to settle. */
const CALM_WITHIN_MS = 45_000
const CHECK_EVERY_MS = 500

type Outcome = {
  readonly violations: readonly Violation[]
  readonly residuals: ReadonlyMap<ResidualCase, number>
  /** Virtual time from the end of the faults until all was well. */
  readonly calmAfterMs: number
  readonly events: number
  readonly virtualMs: number
}

type RunOptions = { readonly rules?: Rules; readonly log?: string[] }

/**
 * Plays one schedule to its end, or to the first violation. The same schedule and rules give the
 * same events.
 */
export function runSchedule(schedule: Schedule, { rules = RULES, log }: RunOptions = {}): Outcome {
  const world = createWorld(schedule, rules, log)
  const { clock, judge, hosts } = world
  const isBroken = () => judge.violations.length > 0
  let calmFrom = 0
  for (const fault of schedule.faults) {
    clock.after(fault.at, () => applyFault(world, fault))
    calmFrom = Math.max(calmFrom, endOfFault(fault))
  }
  clock.runUntil(calmFrom + 10, isBroken)
  const calmAfterMs = settle(world, isBroken)
  if (!isBroken()) {
    world.trace?.('model', 'all viewers leave')
    for (const host of hosts) host.viewers.clear()
    settle(world, isBroken)
  }
  return {
    violations: judge.violations,
    residuals: judge.residuals,
    calmAfterMs,
    events: clock.events,
    virtualMs: clock.now,
  }
}

function createWorld(schedule: Schedule, rules: Rules, log: string[] | undefined): World {
  const clock = createVirtualClock()
  const random = createRandom(schedule.seed + 1_000_003)
  const judge = createJudge(() => world)
  const redis = createFakeRedis(clock, rules, judge)
  const provider = createProvider(clock, random, (connection) => judge.connectionOpened(connection))
  const { channels, sources } = schedule
  const trace =
    log && ((who: string, text: string) => log.push(`${(clock.now / 1000).toFixed(3).padStart(8)} s  ${who}: ${text}`))
  const world: World = { clock, random, rules, redis, provider, judge, hosts: [], channels, sources, trace }
  redis.onWatchesCut = (incarnations) => {
    for (const incarnation of incarnations) cutWatch(world, incarnation)
  }
  for (const [source, limit] of sources) redis.addSource(source, limit)
  for (const [index, rate] of schedule.rates.entries()) {
    const host = createHost(world, `host-${'abc'[index]}`, rate)
    world.hosts.push(host)
    for (const channel of schedule.viewers[index]!) host.viewers.add(channel)
  }
  for (const host of world.hosts) startProcess(world, host)
  return world
}

/** Runs until all is well, twice in a row. @returns the virtual time that took */
function settle(world: World, isBroken: () => boolean): number {
  const { clock, judge } = world
  const from = clock.now
  let unrest: string | undefined
  let quiet = 0
  while (clock.now - from < CALM_WITHIN_MS && !isBroken()) {
    clock.runUntil(clock.now + CHECK_EVERY_MS, isBroken)
    unrest = findUnrest(world)
    quiet = unrest === undefined ? quiet + 1 : 0
    if (quiet === 2) return clock.now - from
  }
  if (!isBroken()) judge.violate('liveness', `${CALM_WITHIN_MS / 1000} s after the last fault: ${unrest}`)
  return clock.now - from
}
