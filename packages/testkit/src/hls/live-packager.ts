import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { reapAtExit } from '../process/reap-at-exit.ts'

export type LivePackager = AsyncDisposable & {
  /**
   * Stops when all playlists have come equally far, and starts again with another clock, behind
   * EXT-X-DISCONTINUITY.
   */
  interrupt(): Promise<void>
}

type LivePackagerOptions = {
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
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '')
  const countListed = (text: string): number => text.match(/^#EXTINF/gm)?.length ?? 0
  /** How many segments there have been, with those that are no longer listed. */
  const countMade = (text: string): number =>
    Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0) + countListed(text)
  const countBy = async (count: (text: string) => number): Promise<readonly number[]> =>
    (await Promise.all(playlists.map(read))).map(count)
  const isReady = async (): Promise<boolean> => (await countBy(countListed)).every((count) => count >= 4)
  /** Frozen while the playlists are compared; otherwise one could get another segment meanwhile. */
  const stopsEven = async (): Promise<boolean> => {
    packager.kill('SIGSTOP')
    const isEven = new Set(await countBy(countMade)).size === 1
    if (isEven) await stop()
    else packager.kill('SIGCONT')
    return isEven
  }
  await eventually('four segments are listed', isReady, { deadlineMs: 60_000 })
  const all = starting.move()
  return {
    async interrupt() {
      await eventually('all playlists have as many segments', stopsEven)
      packager = start('+append_list+discont_start')
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
