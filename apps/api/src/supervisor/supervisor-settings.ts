import { fork } from 'node:child_process'
import type { Settings } from '@kptv/config'

/** What the supervisor needs to know. */
export type SupervisorSettings = Pick<
  Settings,
  'nodeId' | 'cluster' | 'redisUrl' | 'edgeProcesses' | 'drainMaxMs' | 'debug' | 'warnings'
> & {
  readonly killAfterMs: number
  /** What no log may show. */
  readonly secrets: readonly string[]
}

/**
 * Settings are read and checked by a process that ends afterwards, because the code for it takes
 * more memory than the whole supervisor. They come through a pipe, so that no list of processes
 * shows them.
 *
 * @param file the program of that process; it reports wrong settings itself
 * @returns undefined if they are wrong
 */
export function readSupervisorSettings(file: string): Promise<SupervisorSettings | undefined> {
  const reader = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    reader.once('message', (settings) => resolve(settings as SupervisorSettings))
    reader.once('error', reject)
    // All messages have arrived by then.
    reader.once('close', () => resolve(undefined))
  })
}
