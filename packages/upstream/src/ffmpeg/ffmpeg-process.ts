import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough, Readable, type Writable } from 'node:stream'

export type FfmpegProcess = {
  /** Its standard input, and a second one where it was asked for: `pipe:0` and `pipe:3` in its words. */
  readonly inputs: readonly Writable[]
  /** Ends with the process. */
  readonly stdout: Readable
  /** Resolves when the process is gone, and with it all its sockets: with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Ends it at once. */
  kill(): Promise<void>
}

/** Before every call: nothing is read from the terminal, nothing is said but errors, which nobody reads: they quote addresses. */
const QUIET = ['-hide_banner', '-nostats', '-loglevel', 'quiet']

/** Behind the inputs, of which these are taken: streams are copied as they are, and what a transport stream cannot hold is left out. */
export function toTransportStreamOf({ video, audio }: { video: number; audio: number }): readonly string[] {
  return [
    ...['-map', `${video}:v:0?`, '-map', `${audio}:a?`, '-c', 'copy', '-sn', '-dn', '-ignore_unknown'],
    // Each frame of audio by itself: gathered into larger units, half a second of quiet audio would be lost with the first one at a switch.
    ...['-pes_payload_size', '0', '-flush_packets', '1', '-f', 'mpegts', 'pipe:1'],
  ]
}

/**
 * Starts ffmpeg, without a shell. It does not outlive this process, however that ends: on Linux the kernel kills it (setpriv, if that is there);
 * elsewhere it ends when it can write no more. Never throws: one that cannot be started has ended, with -1.
 *
 * @param guard path of `setpriv`, see `findFfmpeg`
 */
export function startFfmpeg(
  { path, guard }: { path: string; guard: string | undefined },
  parameters: readonly string[],
  { inputs: wanted = 1 }: { inputs?: 1 | 2 } = {},
): FfmpegProcess {
  const command = guard === undefined ? [path] : [guard, '--pdeathsig', 'KILL', path]
  const all = [...command.slice(1), ...QUIET, ...parameters]
  const child = spawn(command[0]!, all, {
    stdio: ['pipe', 'pipe', 'ignore', ...(wanted === 2 ? ['pipe' as const] : [])],
    // Proxies and credentials of the environment are not for it.
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', LC_ALL: 'C' },
    windowsHide: true,
  })
  const ended = Promise.race([
    once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals),
    once(child, 'error').then(() => -1),
  ]).catch(() => -1)
  child.on('error', () => {})
  // Where no file can be opened any more, there is a child without streams, against its type, and what is wrong comes as an error later.
  const stdio: readonly unknown[] = child.stdio ?? []
  const stdout = (stdio[1] as Readable | undefined) ?? Readable.from([])
  const inputs = (wanted === 2 ? [0, 3] : [0]).map((number) => (stdio[number] as Writable | undefined) ?? closedInput())
  // A write to a process that has ended is no surprise; the end itself is told by `ended`.
  for (const stream of [...inputs, stdout]) stream.on('error', () => {})
  return {
    inputs,
    stdout,
    ended,
    async kill() {
      stdout.destroy()
      // Without a process there is nothing that a signal could be meant for.
      if (child.pid !== undefined) child.kill('SIGKILL')
      await ended
    },
  }
}

function closedInput(): Writable {
  return new PassThrough().destroy()
}
