import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough, Readable, type Writable } from 'node:stream'

export type FfmpegProcess = {
  /**
   * Its standard input, and further ones if requested: `pipe:0`, `pipe:3`, `pipe:4` … in its words.
   */
  readonly inputs: readonly Writable[]
  /** Ends with the process. */
  readonly stdout: Readable
  /**
   * Resolves when the process is gone, and with it all its sockets: with its exit code, or the
   * signal that ended it.
   */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Ends it at once. */
  kill(): Promise<void>
}

/**
 * For every call: ffmpeg reads nothing from the terminal, and writes only errors, which are
 * discarded because they quote addresses.
 */
const QUIET = ['-hide_banner', '-nostats', '-loglevel', 'quiet']

/**
 * The output, after inputs and maps: copies tracks unchanged, and leaves out those that a transport
 * stream cannot hold.
 *
 * @param encode for tracks that cannot be copied
 */
export function toTransportStream(encode: readonly string[] = []): readonly string[] {
  return [
    ...['-c', 'copy', ...encode, '-ignore_unknown'],
    // Each frame of audio goes out alone: in larger units, half a second of audio would be lost
    // with the first one at a switch.
    ...['-pes_payload_size', '0', '-flush_packets', '1', '-f', 'mpegts', 'pipe:1'],
  ]
}

/**
 * Starts ffmpeg, without a shell. It never outlives this process: on Linux the kernel kills it
 * (setpriv, if available); elsewhere it ends when it can no longer write. Never throws: one that
 * cannot be started has ended, with -1.
 *
 * @param guard path of `setpriv`, see `findFfmpeg`
 */
export function startFfmpeg(
  { path, guard }: { path: string; guard: string | undefined },
  parameters: readonly string[],
  { inputs: wanted = 1 }: { inputs?: number } = {},
): FfmpegProcess {
  const command = guard === undefined ? [path] : [guard, '--pdeathsig', 'KILL', path]
  const all = [...command.slice(1), ...QUIET, ...parameters]
  const child = spawn(command[0]!, all, {
    stdio: ['pipe', 'pipe', 'ignore', ...Array.from({ length: wanted - 1 }, () => 'pipe' as const)],
    // It must not get proxies and credentials of the environment.
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', LC_ALL: 'C' },
    windowsHide: true,
  })
  const ended = Promise.race([
    once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals),
    once(child, 'error').then(() => -1),
  ]).catch(() => -1)
  child.on('error', () => {})
  // When no more files can be opened, the child has no streams, contrary to its type, and the error
  // comes later.
  const stdio: readonly unknown[] = child.stdio ?? []
  const stdout = (stdio[1] as Readable | undefined) ?? Readable.from([])
  const numbers = [0, ...Array.from({ length: wanted - 1 }, (_, index) => index + 3)]
  const inputs = numbers.map((number) => (stdio[number] as Writable | undefined) ?? closedInput())
  // A write to a process that has ended is expected; `ended` reports the end itself.
  for (const stream of [...inputs, stdout]) stream.on('error', () => {})
  return {
    inputs,
    stdout,
    ended,
    async kill() {
      stdout.destroy()
      // Without a process there is nothing to signal.
      if (child.pid !== undefined) child.kill('SIGKILL')
      await ended
    },
  }
}

function closedInput(): Writable {
  return new PassThrough().destroy()
}
