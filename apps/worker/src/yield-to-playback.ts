import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/** A tenth of the share of others while the CPU is busy, otherwise as much as there is. */
const PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL

/**
 * Lowers the priority of this process below all others of its machine: an import can wait, viewers
 * cannot. Settings that the system refuses or lacks stay as they are; between containers their
 * shares decide. Repeating it changes nothing.
 */
export function yieldToPlayback(): void {
  orIgnore(() => setPriority(PRIORITY))
  // Linux has priorities per thread: those of the garbage collector exist already.
  orIgnore(() => {
    for (const thread of readdirSync('/proc/self/task')) orIgnore(() => setPriority(Number(thread), PRIORITY))
  })
  // … and treats the processes of a session as one (sched(7), autogroup). Our session may hold
  // other processes, unless we began it.
  orIgnore(() => {
    if (sessionOf(readFileSync('/proc/self/stat', 'utf8')) === process.pid)
      writeFileSync('/proc/self/autogroup', String(PRIORITY))
  })
}

/** proc_pid_stat(5), the sixth field; the name before it may hold spaces. */
function sessionOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[4])
}

/** Refused or missing: a container without the right, another system, a thread that has ended. */
const EXPECTED = new Set(['EPERM', 'EACCES', 'EROFS', 'ENOENT', 'ESRCH'])

function orIgnore(action: () => void): void {
  try {
    action()
  } catch (error) {
    // `os` reports the system's error code in `info`.
    const { code, info } = error as { readonly code?: string; readonly info?: { readonly code?: string } }
    if (!EXPECTED.has(info?.code ?? code ?? '')) throw error
  }
}
