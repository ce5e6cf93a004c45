import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FragmentSplitter } from '@kptv/mpegts'
import { FragmentLog, type SegmentBytes } from '../src/packaging/fragment-log.ts'
import { addSegment, lastNumber, type SegmentList } from '../src/packaging/segment-list.ts'

const run = promisify(execFile)

/**
 * A moving test pattern and a tone, encoded by ffmpeg. The codecs are named in its words; `none`: a
 * radio.
 */
export async function makeClip(
  seconds: number,
  {
    video = 'libx264',
    audio = 'aac',
    startS = 1,
  }: { readonly video?: string; readonly audio?: string; readonly startS?: number } = {},
): Promise<Buffer> {
  const input = (source: string) => ['-f', 'lavfi', '-i', source]
  const pattern = video === 'none' ? [] : input('testsrc2=size=320x180:rate=25')
  const x265 = video === 'libx265' ? ['-x265-params', 'log-level=none:keyint=25:min-keyint=25'] : []
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', ...pattern, ...input('sine=frequency=440:sample_rate=48000'), '-t', String(seconds)],
      ...(video === 'none' ? [] : ['-c:v', video, '-preset', 'ultrafast', '-g', '25', '-bf', '2', ...x265]),
      ...['-pix_fmt', 'yuv420p', '-c:a', audio, '-ac', '2', '-output_ts_offset', String(startS)],
      ...['-mpegts_flags', 'pat_pmt_at_frames', '-f', 'mpegts', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
  )
  return stdout
}

/** Cut as a leader does it; what follows the last complete segment is left out. */
export function cutIntoSegments(
  clip: Buffer,
  {
    seconds = 2,
    number = 100,
    before,
  }: { readonly seconds?: number; readonly number?: number; readonly before?: SegmentList | undefined } = {},
): { readonly list: SegmentList; readonly bytes: ReadonlyMap<number, SegmentBytes> } {
  const log = new FragmentLog(clip.length * 2)
  const splitter = new FragmentSplitter((fragment) => log.push(fragment))
  splitter.push(clip)
  splitter.end()
  const rule = { targetTicks: seconds * 90_000, maxTicks: seconds * 2 * 90_000 }
  const bytes = new Map<number, SegmentBytes>()
  let list = before
  for (let isFirst = true; ; isFirst = false) {
    const cut = log.cut(isFirst ? undefined : list?.segments.at(-1), rule)
    if (cut === undefined) break
    list = addSegment(list, cut.segment, { number, targetSeconds: 3, atMs: 0 })
    bytes.set(lastNumber(list), cut.parts)
  }
  if (list === undefined) throw new Error('the clip has no segment')
  return { list, bytes }
}
