import { setTimeout as sleep } from 'node:timers/promises'
import type { EventFacts } from '@kptv/contract'
import type { EventLog, NewEvent } from './event-log.ts'

const MAX_WAITING = 100
const RETRY_MS = 2_000
/** The end of a process waits no longer for its last events. */
const MAX_LAST_MS = 1_000

export type EventWriter = {
  /** Never throws; while Redis is away, the newest events wait. `node`: where it happened. */
  readonly write: (facts: EventFacts | Promise<EventFacts>, about?: Partial<Pick<NewEvent, 'node' | 'once'>>) => void
  /** All events are written, or too much time has passed. */
  readonly settled: () => Promise<unknown>
}

type Waiting = Omit<NewEvent, 'facts'> & { readonly facts: Promise<EventFacts> }

/** Writes the events of one process, in order. */
export function createEventWriter({
  log,
  node,
  nowMs = Date.now,
  pause = (ms) => sleep(ms, undefined, { ref: false }),
}: {
  readonly log: Pick<EventLog, 'append'>
  /** NODE_ID */
  readonly node: string
  readonly nowMs?: () => number
  readonly pause?: (ms: number) => Promise<unknown>
}): EventWriter {
  const waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      try {
        await log.append({ ...next, facts: await next.facts })
        if (waiting[0] === next) waiting.shift()
      } catch {
        await pause(RETRY_MS)
      }
    }
    writing = undefined
  }

  return {
    write(facts, about) {
      waiting.push({ at: nowMs(), node, ...about, facts: Promise.resolve(facts) })
      if (waiting.length > MAX_WAITING) waiting.shift()
      writing ??= writeAll()
    },
    settled: () => Promise.race([writing, pause(MAX_LAST_MS)]),
  }
}
