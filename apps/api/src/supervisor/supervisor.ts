import type { Logger } from '@kptv/logging'
import { CHILD_TIMES } from './child-life.ts'
import { superviseChild } from './supervised-child.ts'
import type { TombstoneWriter } from './tombstone-writer.ts'

const LOOK_MS = 250
/** After `DRAIN_MAX`: time to end the rest cleanly. */
const AFTER_DRAIN_MS = 8_000

type SupervisorOptions = {
  /** The program of an edge process. */
  readonly file: string
  readonly processes: number
  readonly drainMaxMs: number
  readonly killAfterMs: number
  readonly tombstones: Pick<TombstoneWriter, 'write'>
  readonly logger: Logger
}

/**
 * Starts the edge processes and keeps them running until it is ordered to stop. It serves no
 * requests and listens on nothing: its one task is to outlive them.
 *
 * When one cannot even start (its port is taken, say), all end: a restart would not help.
 */
export function startSupervisor(options: SupervisorOptions) {
  const { file, processes, drainMaxMs, killAfterMs, tombstones, logger } = options
  const { promise: ended, resolve } = Promise.withResolvers<'in order' | 'failed'>()
  let left = processes
  let hasFailed = false
  let order: 'serve' | 'drain' | 'end' = 'serve'

  const children = Array.from({ length: processes }, (_, index) =>
    superviseChild({
      file,
      place: { number: index + 1, count: processes },
      killAfterMs,
      tombstones,
      logger: processes === 1 ? logger : logger.child({ process: index + 1 }),
      onDrainRequest: () => {
        if (order === 'serve') drain()
      },
      onGone,
    }),
  )
  let lookedAtMs = performance.now()
  const timer = setInterval(check, LOOK_MS)

  function check(): void {
    const sinceLastMs = performance.now() - lookedAtMs
    lookedAtMs += sinceLastMs
    for (const child of children) child.check(sinceLastMs)
  }

  function onGone(failed: boolean): void {
    left -= 1
    hasFailed ||= failed
    if (left > 0) {
      if (failed) end()
      return
    }
    clearInterval(timer)
    resolve(hasFailed ? 'failed' : 'in order')
  }

  function drain(): void {
    if (order !== 'serve') return end()
    order = 'drain'
    for (const child of children) child.order('drain', drainMaxMs + AFTER_DRAIN_MS)
  }

  function end(): void {
    if (order === 'end') return
    order = 'end'
    for (const child of children) child.order('end', CHILD_TIMES.endWithinMs)
  }

  return {
    /** Resolves when no edge process is left. */
    ended,

    /** Each process drains and ends; a second call ends it at once. */
    drain,

    /** All exit at once, cleanly. */
    end,
  }
}
