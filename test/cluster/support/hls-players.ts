import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { createPlayers, eventually, findFreePort, type StartedProcess, startProcess } from '@kptv/testkit'
import type Hls from 'hls.js'
import type { Browser } from 'playwright-core'

/** A real player that plays a channel by HLS, in real time and without a screen. */
export type HlsPlayer = {
  readonly name: string
  /** Position of the video since the start, in seconds. */
  playedS(): Promise<number>
  /** Ends it. @returns what it complained of, one sentence each */
  finish(): Promise<readonly string[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** It reads as far as the playlist reaches, and writes a line for each frame. */
export async function startFfmpeg(url: string): Promise<HlsPlayer> {
  const copy = ['-map', '0:v', '-map', '0:a', '-c', 'copy', '-flush_packets', '1', '-f', 'framecrc', '-']
  const player = await startProcess({
    command: 'ffmpeg',
    arguments: ['-nostdin', '-loglevel', 'warning', '-i', url, ...copy],
    name: 'ffmpeg',
  })
  return {
    name: 'ffmpeg',
    playedS: async () => videoTimes(player).length / 25,
    async finish() {
      player.kill('SIGINT')
      await player.waitForExit()
      const lines = player.lines.filter(({ from }) => from === 'stderr').map(({ text }) => text)
      return [...lines, ...stepsBack(videoTimes(player))]
    },
    [Symbol.asyncDispose]: () => player[Symbol.asyncDispose](),
  }
}

/** Decode times of the video. */
function videoTimes({ lines }: StartedProcess): number[] {
  const frames = lines.filter(({ from, text }) => from === 'stdout' && text.startsWith('0,'))
  return frames.map(({ text }) => Number(text.split(',')[1]))
}

/** Undefined where it is not installed. */
export async function startVlc(url: string): Promise<HlsPlayer | undefined> {
  const command = createPlayers().commandOf('vlc')
  if (command === undefined) return undefined
  const port = await findFreePort()
  const quiet = ['-vv', '--network-caching', '4000', '--no-color', '--no-dbus', '--vout', 'dummy', '--aout', 'adummy']
  const control = ['-I', 'oldrc', '--rc-host', `127.0.0.1:${port}`, '--rc-fake-tty']
  const player = await startProcess({
    command: command[0]!,
    arguments: [...command.slice(1), ...quiet, ...control, url],
    env: { HOME: '/tmp' },
    name: 'vlc',
  })
  await player.waitForPort(port)
  const times: number[] = []
  return {
    name: 'VLC',
    async playedS() {
      const time = await askVlc(port, 'get_time')
      if (Number.isFinite(time)) times.push(time)
      return (times.at(-1) ?? 0) - (times.find((one) => one > 0) ?? 0)
    },
    async finish() {
      const text = player.output()
      const faults = text.match(/.*((avcodec|ts|faad|packetizer\S*) \S+ error).*/g) ?? []
      const fillings = text.match(/Stream buffering done/g)?.length ?? 0
      await player.stop()
      const isRefilled = fillings > 1
      if (isRefilled) process.stderr.write(`VLC has filled its buffer ${fillings} times\n`)
      return [
        ...faults.filter((line) => !line.includes('computer too slow')),
        // With each filling it waits for a second, and its time goes back by that. It reports whole
        // seconds, and moves its clock a little when media comes late: hls.js judges frames.
        ...(isRefilled ? [] : stepsBack(times, (one, before) => one < before - 1)),
      ]
    },
    [Symbol.asyncDispose]: () => player[Symbol.asyncDispose](),
  }
}

/** One question to its remote control; NaN without an answer. */
function askVlc(port: number, question: string): Promise<number> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => void socket.write(`${question}\nlogout\n`))
    socket.on('data', (piece) => {
      text += piece.toString()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Number(/^(?:> )*(\d+)\r?$/m.exec(text)?.[1])))
  })
}

const HLS_JS = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js')

type PlayerState = {
  readonly times: readonly number[]
  readonly ranges: number
  readonly fatal: readonly string[]
  /** Those too from which it has recovered. */
  readonly errors: readonly string[]
}

/** Undefined if the browser has no H.264. */
export async function startHlsJs(browser: Browser, url: string): Promise<HlsPlayer | undefined> {
  const page = await browser.newPage()
  const place = new URL('/page-of-the-player', url).href
  await page.route(place, (route) => route.fulfill({ contentType: 'text/html', body: '<video muted></video>' }))
  await page.goto(place)
  await page.addScriptTag({ path: HLS_JS })
  if (!(await page.evaluate(canDecode))) return void (await page.close())
  await page.evaluate(playInPage, url)
  const state = () => page.evaluate(() => (globalThis as never as InPage).state())
  return {
    name: new URL(url).search === '' ? 'hls.js' : 'hls.js of fragmented MP4',
    async playedS() {
      const { times } = await state()
      return (times.at(-1) ?? 0) - (times[0] ?? 0)
    },
    async finish() {
      const { times, ranges, fatal, errors } = await state()
      await page.close()
      process.stderr.write(`hls.js has recovered from: ${errors.join(', ') || 'nothing'}\n`)
      return [
        ...fatal,
        ...(ranges === 1 ? [] : [`it has ${ranges} buffered ranges`]),
        ...stepsBack(times, (one, before) => one < before),
      ]
    },
    [Symbol.asyncDispose]: () => page.close(),
  }
}

function canDecode(): boolean {
  const { MediaSource } = globalThis as never as { readonly MediaSource: { isTypeSupported(type: string): boolean } }
  return MediaSource.isTypeSupported('video/mp4; codecs="avc1.64001f,mp4a.40.2"')
}

/** Runs in the page, without anything of this file. */
function playInPage(address: string): void {
  const { Hls, document } = globalThis as never as InPage
  const video = document.querySelector('video')
  const fatal: string[] = []
  const times: number[] = []
  const errors: string[] = []
  const hls = new Hls()
  hls.on(Hls.Events.ERROR, (_, { fatal: isFatal, details, error }) => {
    errors.push(`${details} at ${video.currentTime}: ${error.message}`)
    if (isFatal) fatal.push(`fatal error: ${details}`)
  })
  hls.loadSource(address)
  hls.attachMedia(video as never)
  void video.play()
  setInterval(() => {
    if (video.currentTime > 0) times.push(video.currentTime)
  }, 100)
  Object.assign(globalThis, { state: () => ({ times, ranges: video.buffered.length, fatal, errors }) })
}

type InPage = {
  readonly Hls: typeof Hls
  readonly document: { querySelector(name: 'video'): Video }
  state(): PlayerState
}

/** As much of it as is used here: the types of browsers are not those of Node. */
type Video = { readonly currentTime: number; readonly buffered: { readonly length: number }; play(): Promise<void> }

function stepsBack(
  times: readonly number[],
  isBack: (one: number, before: number) => boolean = (one, before) => one <= before,
): string[] {
  return times.flatMap((time, index) =>
    index > 0 && isBack(time, times[index - 1]!) ? [`time steps back from ${times[index - 1]} to ${time}`] : [],
  )
}

/** All have played so many seconds more. */
export async function playOn(players: readonly HlsPlayer[], seconds: number): Promise<void> {
  const play = async (player: HlsPlayer) => {
    const before = await player.playedS()
    const hasMore = async () => (await player.playedS()) >= before + seconds
    const deadlineMs = 90_000 + seconds * 1_000
    await eventually(`${player.name} plays ${seconds} s more`, hasMore, { deadlineMs, everyMs: 200 }).catch(
      async (cause: Error) => {
        throw new Error(`${cause.message}; ${(await player.finish()).slice(0, 20).join('; ')}`, { cause })
      },
    )
  }
  await Promise.all(players.map(play))
}
