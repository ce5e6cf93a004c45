import { readFileSync } from 'node:fs'

/** The state of a process on Linux; unknown elsewhere. */
export type ProcessFacts = {
  /** Stopped by a signal: its silence is not its fault. */
  readonly isStopped: boolean
  /** It would run, but others have the CPU, or it waits for a disk. */
  readonly isWaiting: boolean
  /** CPU time that it has used so far. */
  readonly cpuMs: number
}

/** Linux reports hundredths of a second, independent of the kernel's tick rate. */
const MS_PER_TICK = 10

/** Undefined if unknown: not Linux, or no such process. Never throws. */
export function readProcess(pid: number | undefined): ProcessFacts | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param stat `/proc/<pid>/stat`: the name is in parentheses and may contain anything, see
 *   proc_pid_stat(5)
 */
export function parseStat(stat: string): ProcessFacts | undefined {
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // The fields utime and stime, 14 and 15 of all.
  const ticks = Number(fields[10]) + Number(fields[11])
  if (!Number.isFinite(ticks)) return undefined
  return { isStopped: /^[Tt]$/.test(state), isWaiting: /^[RD]$/.test(state), cpuMs: ticks * MS_PER_TICK }
}
