import { spawn, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { reapAtExit } from '../process/reap-at-exit.ts'

/** Programs that judge a file of transport stream as their users would see it. */
export type PlayerName = 'ffmpeg' | 'ffprobe' | 'gstreamer' | 'mpv' | 'vlc'

type Players = {
  /** False: it is not installed, and judges nothing. */
  has(name: PlayerName): boolean
  /** How to start it in any other way; undefined if it is not installed. */
  commandOf(name: PlayerName): readonly string[] | undefined
  /**
   * Plays a file to its end, without a display, faster than its clock.
   *
   * @param file readable by everyone
   * @returns what it complains of, line by line; nothing for a flawless stream, and from a player
   * that is not there
   */
  complaints(name: PlayerName, file: string): Promise<string[]>
}

type Outcome = { readonly status: number | null; readonly output: string }

const VIDEO_AND_AUDIO = ['v', 'a'] as const

/** As ffprobe writes it; it counts on below zero where a clock of 33 bits was full. */
const STAMP = /^-?\d+,?$/

export function createPlayers(): Players {
  // VLC refuses to be root.
  const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
  const commands: Record<PlayerName, string[]> = {
    ffmpeg: ['ffmpeg'],
    ffprobe: ['ffprobe'],
    gstreamer: ['gst-launch-1.0'],
    mpv: ['mpv'],
    vlc: [...asNobody, 'cvlc'],
  }
  const there = new Map<PlayerName, boolean>()

  const has = (name: PlayerName): boolean => {
    const known = there.get(name)
    if (known !== undefined) return known
    const [command, ...args] = commands[name]
    const isThere = spawnSync(command!, [...args, '--version'], { stdio: 'ignore' }).status === 0
    // ffmpeg and ffprobe know the option with one dash only.
    const found = isThere || spawnSync(command!, [...args, '-version'], { stdio: 'ignore' }).status === 0
    there.set(name, found)
    return found
  }
  const run = (name: PlayerName, file: string, args: readonly string[]): Promise<Outcome> => {
    const [command, ...first] = commands[name]
    return runProgram(command!, { args: [...first, ...args], home: dirname(file) })
  }

  const judges: Record<PlayerName, (file: string) => Promise<string[]>> = {
    async ffmpeg(file) {
      return linesOf(await run('ffmpeg', file, ['-v', 'warning', '-i', file, '-f', 'null', '-']))
    },
    async ffprobe(file) {
      const looked = VIDEO_AND_AUDIO.map(async (kind) => {
        const shown = ['-select_streams', kind, '-show_entries', 'packet=dts', '-of', 'csv=p=0']
        return stepsBack(kind, await run('ffprobe', file, ['-v', 'warning', ...shown, file]))
      })
      return (await Promise.all(looked)).flat()
    },
    async gstreamer(file) {
      const sinks = ['video', 'audio'].map((kind) => `${kind}-sink=fakesink sync=false`)
      return linesOf(await run('gstreamer', file, ['-q', 'playbin', `uri=${pathToFileURL(file)}`, ...sinks]))
    },
    async mpv(file) {
      const quiet = [
        '--no-config',
        '--msg-level=all=error',
        '--vo=null',
        '--ao=null',
        '--untimed',
        '--ao-null-untimed=yes',
      ]
      return linesOf(await run('mpv', file, [...quiet, file]))
    },
    async vlc(file) {
      const quiet = ['-I', 'dummy', '--no-color', '-vv', '--vout', 'dummy', '--aout', 'adummy', '--no-dbus']
      return vlcComplaints(await run('vlc', file, [...quiet, '--rate', '16', file, 'vlc://quit']))
    },
  }
  const commandOf = (name: PlayerName) => (has(name) ? commands[name] : undefined)
  return { has, commandOf, complaints: async (name, file) => (has(name) ? judges[name](file) : []) }
}

/** Decode times must only grow, in each stream. */
function stepsBack(kind: string, { status, output }: Outcome): string[] {
  const lines = output.split('\n').filter((line) => line !== '')
  const stamps = lines.filter((line) => STAMP.test(line)).map((line) => Number.parseInt(line, 10))
  const others = lines.filter((line) => !STAMP.test(line))
  const steps = stamps.flatMap((stamp, index) =>
    index > 0 && stamp <= stamps[index - 1]! ? [`${kind}: decode time ${stamp} behind ${stamps[index - 1]}`] : [],
  )
  if (stamps.length === 0) others.push(`${kind}: no packet`)
  return [...others, ...steps, ...endedBadly(status)]
}

/**
 * VLC says much. A second filling of its buffer is what its user sees as a restart. That the
 * machine is too slow says nothing of the stream.
 */
function vlcComplaints({ status, output }: Outcome): string[] {
  const found = output.match(/.*(ES_OUT_RESET_PCR|discontinuity|(avcodec|ts|faad|packetizer\S*) \S+ error).*/g) ?? []
  const faults = found.filter((line) => !line.includes('computer too slow'))
  const fillings = output.match(/Stream buffering done/g)?.length ?? 0
  return [...faults, ...(fillings === 1 ? [] : [`its buffer was filled ${fillings} times`]), ...endedBadly(status)]
}

function linesOf({ status, output }: Outcome): string[] {
  return [...output.split('\n').filter((line) => line.trim() !== ''), ...endedBadly(status)]
}

const endedBadly = (status: number | null): string[] => (status === 0 ? [] : [`ended with ${status}`])

/** What it writes on both outputs, as it comes. */
function runProgram(
  command: string,
  options: { readonly args: readonly string[]; readonly home: string },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // No settings of the person who runs the tests.
    const env = { ...process.env, HOME: options.home }
    const child = spawn(command, [...options.args], { stdio: ['ignore', 'pipe', 'pipe'], env })
    reapAtExit(child)
    let output = ''
    const take = (text: string): void => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, output }))
  })
}
