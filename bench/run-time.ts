import { readdirSync, readFileSync } from 'node:fs'

/**
 * How long the threads of these processes ran so far, in seconds, as the scheduler counts it: true
 * to the microsecond, where user and system time are sampled. Linux only.
 */
export function runSecondsOf(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const schedule = readIfThere(`/proc/${pid}/task/${thread}/schedstat`)
      nanoseconds += Number(schedule?.split(' ')[0] ?? 0)
    }
  }
  return nanoseconds / 1e9
}

/** Memory of these processes together (RSS). */
export function memoryBytesOf(pids: readonly number[]): number {
  const read = (pid: number) => /VmRSS:\s+(\d+) kB/.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1]
  return pids.reduce((sum, pid) => sum + 1024 * Number(read(pid) ?? 0), 0)
}

/** A process and all that it has started. */
export function familyOf(pid: number): number[] {
  const children = readIfThere(`/proc/${pid}/task/${pid}/children`) ?? ''
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(familyOf)]
}

/** A thread may end between two lines. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
