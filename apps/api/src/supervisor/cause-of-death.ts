import type { ProcessFacts } from './read-process.ts'

/** What a process died of, if it was its own doing, or that of what it had to read. */
export type CauseOfDeath = 'silent' | 'out-of-memory' | 'crashed'

/** A process that computed for so long in its silence was busy, not starved or frozen. */
const BUSY_CPU_MS = 1_000

export type Death = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** It was silent, so its supervisor has killed it. */
  readonly wasSilent: boolean
  /** At its last sign of life. */
  readonly lastHeard: ProcessFacts | undefined
  /** Just before it was killed. */
  readonly atKill: ProcessFacts | undefined
}

/** Undefined: somebody else ended it, it was frozen from outside, or nothing is known. */
export function causeOfDeath({ code, signal, wasSilent, lastHeard, atKill }: Death): CauseOfDeath | undefined {
  if (wasSilent) {
    if (lastHeard === undefined || atKill === undefined || atKill.isStopped) return undefined
    return atKill.cpuMs - lastHeard.cpuMs >= BUSY_CPU_MS ? 'silent' : undefined
  }
  // Node aborts when its heap is full.
  if (signal === 'SIGABRT' || code === 134) return 'out-of-memory'
  return code !== null && code !== 0 ? 'crashed' : undefined
}
