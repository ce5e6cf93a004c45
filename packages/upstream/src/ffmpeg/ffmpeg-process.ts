import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough, Readable, type Writable } from 'node:stream'

export type FfmpegProcess = {
  /**
   * Its standard input, and further ones if requested: `pipe:0`, `pipe:3`, `pipe:4` … in its words.
   */
  readonly inputs: readonly Writable[]
  /**
   * Its standard output, `pipe:1`, and further ones if requested, whose numbers follow those of the
   * inputs. They end with the process.
   */
  readonly outputs: readonly Readable[]
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
  { path, guard }: { readonly path: string; readonly guard: string | undefined },
  parameters: readonly string[],
  { inputs: inputCount = 1, outputs: outputCount = 1 }: { readonly inputs?: number; readonly outputs?: number } = {},
): FfmpegProcess {
  const command = guard === undefined ? [path] : [guard, '--pdeathsig', 'KILL', path]
  const all = [...command.slice(1), ...QUIET, ...parameters]
  const further = inputCount + outputCount - 2
  const child = spawn(command[0]!, all, {
    stdio: ['pipe', 'pipe', 'ignore', ...Array.from({ length: further }, () => 'pipe' as const)],
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
  const inputNumbers = pipeNumbers(0, inputCount, 3)
  const outputNumbers = pipeNumbers(1, outputCount, 2 + inputCount)
  const inputs = inputNumbers.map((number) => (stdio[number] as Writable | undefined) ?? closedInput())
  const outputs = outputNumbers.map((number) => (stdio[number] as Readable | undefined) ?? Readable.from([]))
  // A write to a process that has ended is expected; `ended` reports the end itself.
  for (const stream of [...inputs, ...outputs]) stream.on('error', () => {})
  return {
    inputs,
    outputs,
    ended,
    async kill() {
      for (const output of outputs) output.destroy()
      // Without a process there is nothing to signal.
      if (child.pid !== undefined) child.kill('SIGKILL')
      await ended
    },
  }
}

/** The standard one, and from a number on as many more as are needed. */
function pipeNumbers(standard: number, count: number, from: number): readonly number[] {
  return [standard, ...Array.from({ length: count - 1 }, (_, index) => from + index)]
}

function closedInput(): Writable {
  return new PassThrough().destroy()
}
