import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, startProcess } from '@kptv/testkit'
import type { Browser } from 'playwright-core'

/**
 * Plays a VOD in `<video>`, and seeks to these places one after another.
 *
 * @returns where it was after each
 */
export async function seekInBrowser(browser: Browser, url: string, places: readonly number[]): Promise<number[]> {
  const page = await browser.newPage()
  try {
    const place = new URL('/page-of-the-player', url).href
    await page.route(place, (route) => route.fulfill({ contentType: 'text/html', body: '<video muted></video>' }))
    await page.goto(place)
    return await page.evaluate(seekInPage, { url, places })
  } finally {
    await page.close()
  }
}

/** Runs in the page, without anything of this file. */
async function seekInPage({ url, places }: { readonly url: string; readonly places: readonly number[] }) {
  const { document } = globalThis as never as { readonly document: { querySelector(name: 'video'): Video } }
  const video = document.querySelector('video')
  const heard = (name: string) =>
    new Promise<void>((resolve, reject) => {
      video.addEventListener(name, () => resolve(), { once: true })
      video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true })
    })
  const canPlay = heard('canplay')
  video.src = url
  await canPlay
  await video.play()
  const seen: number[] = []
  for (const place of places) {
    const seeked = heard('seeked')
    video.currentTime = place
    await seeked
    seen.push(video.currentTime)
  }
  return seen
}

/** As much of it as is used here: the types of browsers are not those of Node. */
type Video = {
  src: string
  currentTime: number
  readonly error?: { readonly message: string }
  play(): Promise<void>
  addEventListener(name: string, listener: () => void, how: { readonly once: true }): void
}

/** The same in mpv. */
export async function seekInMpv(command: readonly string[], url: string, places: readonly number[]): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kptv-mpv-'))
  const address = join(folder, 'control')
  const quiet = ['--no-config', '--vo=null', '--ao=null', '--keep-open=yes', `--input-ipc-server=${address}`]
  const mpv = await startProcess({ command: command[0]!, arguments: [...command.slice(1), ...quiet, url], name: 'mpv' })
  try {
    const control = await eventually('mpv listens', () => connectTo(address), { deadlineMs: 60_000 })
    let events = ''
    control.on('data', (piece) => {
      events += piece.toString()
    })
    const restarts = () => events.split('"playback-restart"').length - 1
    await eventually('mpv plays', () => restarts() > 0, { deadlineMs: 60_000 })
    const seen: number[] = []
    for (const place of places) {
      const before = restarts()
      control.write(`${JSON.stringify({ command: ['seek', place, 'absolute+exact'] })}\n`)
      await eventually(`mpv plays at ${place} s`, () => restarts() > before, { deadlineMs: 60_000, everyMs: 10 })
      seen.push(place)
    }
    control.destroy()
    return seen
  } finally {
    await mpv.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function connectTo(path: string) {
  return new Promise<ReturnType<typeof connect> | undefined>((resolve) => {
    const socket = connect(path, () => resolve(socket))
    socket.on('error', () => resolve(undefined))
  })
}
