import { spawn } from 'node:child_process'
import { ROOT } from './child-process.ts'

/** For Node: its remarks on features that are meant to be used here. */
export const WITHOUT_WARNINGS = '--disable-warning=ExperimentalWarning'

/**
 * Runs a command in the repository. It is stopped when this process is, or when the one that
 * started this process is gone.
 *
 * @returns its exit code; 127 if it could not be started
 */
export function runToEnd(
  command: string,
  commandArguments: readonly string[],
  show: 'all' | 'errors only' = 'all',
): Promise<number> {
  return new Promise((resolve) => {
    const stdout = show === 'all' ? 'inherit' : 'ignore'
    const child = spawn(command, commandArguments, { cwd: ROOT, stdio: ['ignore', stdout, 'inherit'] })
    const stop = () => {
      child.kill('SIGTERM')
    }
    const end = (code: number) => {
      for (const cause of ['disconnect', 'SIGTERM', 'SIGINT']) process.off(cause, stop)
      process.channel?.unref()
      resolve(code)
    }
    for (const cause of ['disconnect', 'SIGTERM', 'SIGINT']) process.once(cause, stop)
    child.once('error', () => end(127))
    child.once('exit', (code) => end(code ?? 1))
  })
}
