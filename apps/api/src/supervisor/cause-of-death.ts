import type { ProcessFacts } from './read-process.ts'

/** The cause of death of a process, if it or its input caused it. */
export type CauseOfDeath = 'silent' | 'out-of-memory' | 'crashed'

/** A process that used this much CPU time while silent was busy, not starved or frozen. */
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

/** Undefined: it was ended or frozen from outside, or the cause is unknown. */
export function causeOfDeath({ code, signal, wasSilent, lastHeard, atKill }: Death): CauseOfDeath | undefined {
  if (wasSilent) {
    if (lastHeard === undefined || atKill === undefined || atKill.isStopped) return undefined
    return atKill.cpuMs - lastHeard.cpuMs >= BUSY_CPU_MS ? 'silent' : undefined
  }
  // Node aborts when its heap is full.
  if (signal === 'SIGABRT' || code === 134) return 'out-of-memory'
  return code !== null && code !== 0 ? 'crashed' : undefined
}

/** It is silent because its machine has no time for it, not because it is busy or frozen. */
export function isStarved(lastHeard: ProcessFacts | undefined, now: ProcessFacts | undefined): boolean {
  return lastHeard !== undefined && now?.isWaiting === true && now.cpuMs - lastHeard.cpuMs < BUSY_CPU_MS
}
