import { createLeadership, type Leadership } from './redis-leadership.ts'
import { createSlots, type Slots } from './redis-slots.ts'
import type { Rules } from './rules.ts'
import type { VirtualClock } from './virtual-clock.ts'

/**
 * How a holder's end was known, weakest last. `unproven`: the lease ran out. `own`: it is the
 * asker's.
 */
export type Evidence = 'free' | 'own' | 'handed-over' | 'tombstone' | 'gone' | 'unproven' | 'forgotten'

/** Notified of every change of ownership at the moment it happens. */
export type OwnershipObserver = {
  granted(what: 'lead' | 'slot', isReassertion: boolean): void
  leads(
    channel: string,
    change: {
      readonly term: number
      readonly incarnation: string
      readonly evidence: Evidence
      readonly previousTerm: number
    },
  ): void
  provenDead(incarnation: string): void
  slotsChanged(source: string): void
  renewed(incarnation: string, slotId: string): void
}

type ServerState = 'up' | 'refusing' | 'hanging'

export type FakeRedis = Leadership &
  Slots & {
    readonly state: ServerState
    /** Counts restarts: a request sent to an earlier run is lost. */
    readonly run: number
    readonly runId: string
    readonly forgotAt: number
    /** True while no one may acquire. */
    isCold(): boolean
    /**
     * The script that checks the memory: a run or an emptied store that it does not know makes it
     * cold.
     */
    warmUp(): { readonly runId: string; readonly warmInMs: number }
    readonly deathWatches: Set<string>
    readonly tombstones: Set<string>
    readonly records: Map<string, number>
    hang(): void
    crash(): void
    /** Back after a crash, with nothing in it; or just resuming after a hang. */
    comeBack(): void
    flush(): void
    whenBack(run: () => void): void
    /** Whom a restart cut off. */
    onWatchesCut: ((incarnations: readonly string[]) => void) | undefined
  }

/** One Redis: each method is a script, applied in one step at the clock's time. */
export function createFakeRedis(clock: VirtualClock, rules: Rules, observer: OwnershipObserver): FakeRedis {
  let state: ServerState = 'up'
  let run = 1
  let forgotAt = -100_000
  let warmUp: { readonly runId: string; readonly since: number } | undefined = { runId: 'run-1', since: -100_000 }
  let waiting: Array<() => void> = []
  const deathWatches = new Set<string>()
  const tombstones = new Set<string>()
  const records = new Map<string, number>()
  const runId = () => `run-${run}`
  const isCold = () => {
    if (warmUp?.runId !== runId()) warmUp = { runId: runId(), since: clock.now }
    return clock.now - warmUp.since < rules.timing.warmUpMs
  }
  const context = { clock, rules, observer, isCold, runId, tombstones }
  const leadership = createLeadership(context)
  const slots = createSlots(context)

  function forget(): void {
    forgotAt = clock.now
    warmUp = undefined
    tombstones.clear()
    records.clear()
    leadership.forget()
    slots.forget()
  }

  return {
    ...leadership,
    ...slots,
    get state() {
      return state
    },
    get run() {
      return run
    },
    get runId() {
      return runId()
    },
    get forgotAt() {
      return forgotAt
    },
    isCold,
    warmUp() {
      const warm = !isCold()
      return { runId: runId(), warmInMs: warm ? 0 : warmUp!.since + rules.timing.warmUpMs - clock.now }
    },
    deathWatches,
    tombstones,
    records,
    hang() {
      if (state === 'up') state = 'hanging'
    },
    crash() {
      if (state === 'refusing') return
      state = 'refusing'
      waiting = []
      run += 1
      const cut = [...deathWatches]
      deathWatches.clear()
      forget()
      this.onWatchesCut?.(cut)
    },
    comeBack() {
      if (state === 'up') return
      if (state === 'refusing') forgotAt = clock.now
      state = 'up'
      const late = waiting
      waiting = []
      for (const apply of late) apply()
    },
    flush: forget,
    whenBack(apply) {
      waiting.push(apply)
    },
    onWatchesCut: undefined,
  }
}
