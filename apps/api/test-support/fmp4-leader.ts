import { spawnSync } from 'node:child_process'
import { expect } from '@jest/globals'
import { systemClock } from '@kptv/clock'
import { findFfmpeg, startFfmpeg } from '@kptv/upstream'
import type { Fmp4Format } from '../src/http/segment-format.ts'
import { addMade } from '../src/packaging/fmp4/add-made.ts'
import { Fmp4Maker } from '../src/packaging/fmp4/fmp4-maker.ts'
import type { SegmentBytes } from '../src/packaging/fragment-log.ts'
import { lastNumber, type SegmentList } from '../src/packaging/segment-list.ts'

export type TsSegments = { readonly list: SegmentList; readonly bytes: ReadonlyMap<number, SegmentBytes> }

/** What was made in one format. */
type Made = { list: SegmentList | undefined; readonly parts: Map<number, Buffer> }

/** A leader with a real ffmpeg, which has these segments of MPEG-TS, as many as the test shows. */
export function createFmp4Leader(source: TsSegments) {
  const ffmpeg = findFfmpeg('auto', process.env.PATH ?? '')!
  const state = { shown: source.list, started: 0, failures: 0 }
  /** The beginning of the segment that is not complete. */
  let ahead: SegmentBytes = []
  const maker = new Fmp4Maker({
    startFfmpeg(parameters, outputs) {
      state.started += 1
      return startFfmpeg(ffmpeg, parameters, { outputs })
    },
    source: () => state.shown,
    bytesOf: (number) => (number > lastNumber(state.shown) ? undefined : source.bytes.get(number)),
    bytesAfter: () => ahead,
    clock: systemClock,
  })
  return {
    state,
    /** Makes a format from now on, after what another leader has made of it. */
    add(format: Fmp4Format, before?: SegmentList): Made {
      const made: Made = { list: before, parts: new Map() }
      maker.add(format, {
        lastMade: () => made.list?.segments.at(-1),
        onMade(one) {
          const added = addMade(made.list, one, { source: state.shown, format })
          made.list = added.list
          made.parts.set(lastNumber(added.list), Buffer.concat(added.parts))
        },
        onFailed: () => {
          state.failures += 1
        },
      })
      maker.advance()
      return made
    },
    /** Segments with higher numbers are not there yet; of the next one, so many fragments are. */
    show(number: number, fragments = 0): void {
      state.shown = { ...source.list, segments: source.list.segments.filter((one) => one.number <= number) }
      ahead = source.bytes.get(number + 1)?.slice(0, fragments) ?? []
      maker.advance()
    },
    remove: (format: Fmp4Format) => maker.remove(format),
    stop(): void {
      maker.remove('fmp4')
      maker.remove('fmp4-aac')
    },
  }
}

/** As players need it: the header, then all segments. */
export function fileOf({ list, parts }: Made): Buffer {
  return Buffer.concat([Buffer.from(Object.values(list!.inits!)[0]!, 'base64'), ...parts.values()])
}

type Packet = { readonly codec_type: string; readonly dts_time: string; readonly flags: string }
type Stream = { readonly codec_name: string; readonly codec_tag_string: string }

export function probe(file: Buffer): { readonly packets: Packet[]; readonly streams: Stream[] } {
  const entries = 'packet=codec_type,dts_time,flags:stream=codec_name,codec_tag_string'
  const { stdout, stderr } = spawnSync(
    'ffprobe',
    ['-v', 'warning', '-of', 'json', '-show_entries', entries, '-i', 'pipe:0'],
    { input: file, maxBuffer: 64 * 1024 * 1024 },
  )
  expect(stderr.toString()).toBe('')
  return JSON.parse(stdout.toString()) as ReturnType<typeof probe>
}

/** Complaints of a decoder about any frame. */
export function decode(file: Buffer): string {
  const { stderr } = spawnSync('ffmpeg', ['-v', 'warning', '-i', 'pipe:0', '-f', 'null', '-'], { input: file })
  return stderr.toString()
}
