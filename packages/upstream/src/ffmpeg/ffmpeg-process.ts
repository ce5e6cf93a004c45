import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

export type FfmpegProcess = {
  readonly stdin: Writable
  /** Ends with the process. */
  readonly stdout: Readable
  /** Resolves when the process is gone, and with it all its sockets: with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Ends it at once. */
  kill(): Promise<void>
}

/** Before every call: nothing is read from the terminal, nothing is said but errors, which nobody reads: they quote addresses. */
const QUIET = ['-hide_banner', '-nostats', '-loglevel', 'quiet']
/** Behind every input: streams are copied as they are, and what a transport stream cannot hold is left out. */
export const TO_TRANSPORT_STREAM = [
  ...['-map', '0:v:0?', '-map', '0:a?', '-c', 'copy', '-sn', '-dn', '-ignore_unknown', '-flush_packets', '1'],
  ...['-f', 'mpegts', 'pipe:1'],
]

/**
 * Starts ffmpeg, without a shell. It does not outlive this process, however that ends: on Linux the kernel kills it (setpriv, if that is there);
 * elsewhere it ends when it can write no more.
 *
 * @param guard path of `setpriv`, see `findFfmpeg`
 */
export function startFfmpeg(
  { path, guard }: { path: string; guard: string | undefined },
  parameters: readonly string[],
): FfmpegProcess {
  const command = guard === undefined ? [path] : [guard, '--pdeathsig', 'KILL', path]
  const all = [...command.slice(1), ...QUIET, ...parameters]
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(command[0]!, all, {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Proxies and credentials of the environment are not for it.
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', LC_ALL: 'C' },
    windowsHide: true,
  })
  // A write to a process that has ended is no surprise; the end itself is told by `ended`.
  child.stdin.on('error', () => {})
  child.stdout.on('error', () => {})
  const ended = Promise.race([
    once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals),
    once(child, 'error').then(() => -1),
  ]).catch(() => -1)
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    async kill() {
      child.stdout.destroy()
      child.kill('SIGKILL')
      await ended
    },
  }
}
