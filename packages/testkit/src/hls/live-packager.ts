import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { reapAtExit } from '../process/reap-at-exit.ts'

export type LivePackager = AsyncDisposable & {
  /** Stops, and starts again with another clock, behind EXT-X-DISCONTINUITY. */
  interrupt(): Promise<void>
}

export type LivePackagerOptions = {
  /** What it writes into; removed with it. */
  readonly folder: string
  /** Of the playlists with segments, in that folder. */
  readonly playlists: readonly string[]
  /** Of ffmpeg: what it reads, and how it encodes that. */
  readonly input: readonly string[]
  /**
   * Of ffmpeg: how it writes HLS, but for what every packager here does; the path of the playlists
   * comes last.
   */
  readonly output: readonly string[]
}

/**
 * ffmpeg, which packages live HLS until it is disposed. Resolves when each playlist lists four
 * segments; rejects after a minute without.
 */
export async function startLivePackager(options: LivePackagerOptions): Promise<LivePackager> {
  const { folder, playlists, input, output } = options
  const start = (flags: string) => {
    const hls = ['-f', 'hls', '-hls_list_size', '6', '-hls_flags', `delete_segments+temp_file${flags}`]
    const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', ...input, ...hls, ...output], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    reapAtExit(child)
    return child
  }
  let packager = start('')
  const stop = async (): Promise<void> => {
    if (packager.exitCode !== null || packager.signalCode !== null) return
    const closed = once(packager, 'close')
    packager.kill('SIGKILL')
    await closed
  }
  await using starting = new AsyncDisposableStack()
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  starting.defer(stop)
  const listed = async (name: string): Promise<number> =>
    (await readFile(join(folder, name), 'utf8').catch(() => '')).match(/^#EXTINF/gm)?.length ?? 0
  const isReady = async (): Promise<boolean> => (await Promise.all(playlists.map(listed))).every((count) => count >= 4)
  await eventually('four segments are listed', isReady, { deadlineMs: 60_000 })
  const all = starting.move()
  return {
    async interrupt() {
      await stop()
      packager = start('+append_list+discont_start')
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
