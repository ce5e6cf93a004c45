import type { Watch } from './lease.ts'
import type { Process } from './process.ts'
import type { Host, World } from './world.ts'

export type Incarnation = {
  readonly incarnation: string
  /** Its record was written: may renew. */
  readonly registered: boolean
  /** Registered and watched: may claim. */
  readonly ready: boolean
  readonly watch: Watch
  readonly knownRunId: string
  begin(): void
  /** Declared dead: gives up everything, and only then is someone new. */
  rebirth(why: string): void
  /** Redis forgot: the record is written again. */
  reregister(): void
  /** The subscription was cut and this process hears of it. */
  watchLost(): void
  leave(): void
}

/**
 * Who this process is: its random name, its record, its liveness watch, and the run of Redis that
 * it has checked.
 */
export function createIncarnation(options: {
  readonly world: World
  readonly host: Host
  readonly process: Process
  giveUpAll(then: () => void): void
  /** Deadlines have changed, and the connection may be away. */
  recheck(): void
}): Incarnation {
  const { world, host, process, giveUpAll, recheck } = options
  const { redis, rules, random } = world
  let births = 0
  let registered = false
  let leaving = false
  let knownRunId = ''
  const watch: Watch = { up: false, upSince: 0 }
  const name = () => `${process.name}.${births}`

  function begin(): void {
    births += 1
    registered = false
    watch.up = false
    subscribe()
  }

  function subscribe(): void {
    const mine = name()
    if (leaving) return
    const script = () => {
      redis.deathWatches.add(mine)
      if (!process.alive) redis.deathWatches.delete(mine)
      return redis.run
    }
    host.link.request(process, script, (reply) => {
      if (mine !== name()) return
      // A cut that came while the answer was on its way leaves a subscription that is not there.
      if (!reply.ok || redis.run !== reply.value || !redis.deathWatches.has(mine)) {
        process.after(random.between(100, 500), subscribe)
        return
      }
      watch.up = true
      watch.upSince = process.monotonicMs()
      if (!registered) register()
    })
  }

  function register(): void {
    const mine = name()
    if (leaving) return
    const script = () => {
      const { runId } = redis.warmUp()
      if (!redis.tombstones.has(mine)) redis.records.set(mine, world.clock.now + rules.timing.leaseMs)
      return runId
    }
    host.link.request(process, script, (reply) => {
      if (mine !== name()) return
      if (!reply.ok) {
        if (!registered) process.after(random.between(100, 500), register)
        return
      }
      knownRunId = reply.value
      if (!registered) world.trace?.(host.name, `is ${mine}`)
      registered = true
    })
  }

  function unsubscribe(): void {
    const mine = name()
    host.link.whenOpen(() => redis.deathWatches.delete(mine))
  }

  return {
    get incarnation() {
      return name()
    },
    get registered() {
      return registered && !leaving
    },
    get ready() {
      return registered && watch.up && !leaving
    },
    watch,
    get knownRunId() {
      return knownRunId
    },
    begin,
    reregister: register,
    rebirth(why) {
      if (!registered) return
      world.trace?.(host.name, `gives up ${name()}: ${why}`)
      registered = false
      giveUpAll(() => {
        unsubscribe()
        begin()
      })
    },
    watchLost() {
      if (!watch.up) return
      watch.up = false
      recheck()
      process.after(random.between(50, 400), subscribe)
    },
    leave() {
      leaving = true
      unsubscribe()
      host.endProcess()
    },
  }
}
