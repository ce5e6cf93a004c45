import { setTimeout as sleep } from 'node:timers/promises'
import type { EventFacts } from '@kptv/contract'
import type { EventLog } from './event-log.ts'

const MAX_WAITING = 100
const RETRY_MS = 2_000

export type EventWriter = {
  /** Never throws; while Redis is away, the newest events wait. */
  readonly write: (facts: EventFacts | Promise<EventFacts>) => void
}

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
  const waiting: Array<{ readonly at: number; readonly facts: Promise<EventFacts> }> = []
  let isWriting = false

  async function writeAll(): Promise<void> {
    isWriting = true
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      try {
        await log.append({ at: next.at, node, facts: await next.facts })
        if (waiting[0] === next) waiting.shift()
      } catch {
        await pause(RETRY_MS)
      }
    }
    isWriting = false
  }

  return {
    write(facts) {
      waiting.push({ at: nowMs(), facts: Promise.resolve(facts) })
      if (waiting.length > MAX_WAITING) waiting.shift()
      if (!isWriting) void writeAll()
    },
  }
}
