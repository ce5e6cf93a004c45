import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, findFreePort, type StartedProcess, startProcess } from '@kptv/testkit'

/** Kodi with its client for lists and guides, the one that people use, on its own screen. */
export type Kodi = {
  /** Names of the channels that it has loaded, in its order. */
  channels(): Promise<readonly string[]>
  /** Programmes that it shows for a channel; times are in UTC: `2027-05-31 20:15:00`. */
  programmes(channel: string): Promise<readonly KodiProgramme[]>
  play(channel: string): Promise<void>
  /** Plays a programme of the past, with the placeholders of the channel's `catchup-source`. */
  playPast(programme: KodiProgramme): Promise<void>
  /** Whether it plays, or opens something. */
  isBusy(): Promise<boolean>
  stop(): Promise<void>
  /** Seconds that it has played; 0 before the first frame. */
  playedS(): Promise<number>
  /** The numbers of `Loaded '5' EPG entries.` and its like. */
  loaded(what: 'channels' | 'EPG channels' | 'EPG entries'): Promise<number | undefined>
  [Symbol.asyncDispose](): Promise<void>
}

export type KodiProgramme = {
  /** Kodi gives it when it saves the guide, about a minute after it has read it. */
  readonly broadcastid?: number
  readonly title: string
  readonly starttime: string
}

const CLIENT = 'pvr.iptvsimple'

/** Debian has the client in a separate package. */
const hasClient = existsSync(`/usr/share/kodi/addons/${CLIENT}`)

const isInstalled = (program: string, argument: string): boolean =>
  spawnSync(program, [argument], { stdio: 'ignore' }).error === undefined

export const hasKodi = hasClient && isInstalled('kodi', '--version') && isInstalled('Xvfb', '-help')

/** It plays nothing where there is no audio device. */
const AUDIO_WITHOUT_A_DEVICE =
  'pcm.!default { type null hint { show on description "None" } }\nctl.!default { type null }\n'

type KodiOptions = { readonly playlist: string; readonly guide: string }

export async function startKodi({ playlist, guide }: KodiOptions): Promise<Kodi> {
  await using starting = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'kptv-kodi-'))
  starting.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  const port = await findFreePort()
  await writeSettings(join(home, '.kodi', 'userdata'), { playlist, guide, port })
  await writeFile(join(home, '.asoundrc'), AUDIO_WITHOUT_A_DEVICE)
  const { display, screen } = await startScreen()
  starting.use(screen)
  const kodi = await startProcess({
    command: 'kodi',
    arguments: ['--standalone', '--windowing=x11', '--audio-backend=alsa'],
    env: { HOME: home, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1', TZ: 'UTC' },
    name: 'Kodi',
  })
  starting.use(kodi)
  await kodi.waitForPort(port, { deadlineMs: 90_000 })
  const call = caller(port)
  const log = () => readFile(join(home, '.kodi', 'temp', 'kodi.log'), 'utf8')
  await enableClient(call)
  const started = starting.move()
  return { ...remoteOf(call), ...logOf(log), [Symbol.asyncDispose]: () => started.disposeAsync() }
}

/** Xvfb takes the first free number, and prints it. */
async function startScreen(): Promise<{ readonly display: string; readonly screen: StartedProcess }> {
  const screen = await startProcess({
    command: 'Xvfb',
    arguments: ['-displayfd', '1', '-screen', '0', '640x360x24', '-nolisten', 'tcp'],
    name: 'Xvfb',
  })
  const { text } = await screen.waitForLine(/^\d+$/)
  return { display: `:${text}`, screen }
}

async function writeSettings(
  folder: string,
  { playlist, guide, port }: KodiOptions & { readonly port: number },
): Promise<void> {
  const ofClient = {
    kodi_addon_instance_name: 'KPTV',
    kodi_addon_instance_enabled: true,
    m3uPathType: 1,
    m3uUrl: playlist,
    m3uCache: false,
    epgPathType: 1,
    epgUrl: guide,
    epgCache: false,
    catchupEnabled: true,
  }
  const ofKodi = {
    'services.webserver': true,
    'services.webserverport': port,
    'services.webserverauthentication': false,
    'services.webserverssl': false,
    'general.addonupdates': 2,
  }
  const data = join(folder, 'addon_data', CLIENT)
  await mkdir(data, { recursive: true })
  const advanced = '<advancedsettings version="1.0"><loglevel>1</loglevel></advancedsettings>'
  await Promise.all([
    writeFile(join(folder, 'advancedsettings.xml'), advanced),
    writeFile(join(folder, 'guisettings.xml'), settingsFile(ofKodi)),
    // Up to its version 20 of Debian the client has one list, later ones have a file for each.
    writeFile(join(data, 'settings.xml'), settingsFile(ofClient)),
    writeFile(join(data, 'instance-settings-1.xml'), settingsFile(ofClient)),
  ])
}

function settingsFile(settings: Readonly<Record<string, string | number | boolean>>): string {
  const lines = Object.entries(settings).map(
    ([id, value]) => `<setting id="${id}">${String(value).replaceAll('&', '&amp;')}</setting>`,
  )
  return `<settings version="2">\n${lines.join('\n')}\n</settings>\n`
}

type Call = <Result>(method: string, params?: object) => Promise<Result>

/** Its remote control. */
const caller =
  (port: number): Call =>
  async <Result>(method: string, params: object = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}/jsonrpc`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const { result, error } = (await response.json()) as { readonly result: Result; readonly error?: object }
    if (error !== undefined) throw new Error(`Kodi refuses ${method}: ${JSON.stringify(error)}`)
    return result
  }

/** What a distribution brings along is off until its user wants it. */
async function enableClient(call: Call): Promise<void> {
  const enable = () => call('Addons.SetAddonEnabled', { addonid: CLIENT, enabled: true }).catch(() => undefined)
  await eventually('Kodi has its client', async () => (await enable()) !== undefined, { deadlineMs: 60_000 })
}

type Channel = { readonly channelid: number; readonly label: string }

function remoteOf(
  call: Call,
): Pick<Kodi, 'channels' | 'programmes' | 'play' | 'playPast' | 'isBusy' | 'stop' | 'playedS'> {
  const list = async (): Promise<readonly Channel[]> => {
    const answer = await call<{ readonly channels?: Channel[] }>('PVR.GetChannels', { channelgroupid: 'alltv' }).catch(
      () => ({}),
    )
    return (answer as { readonly channels?: Channel[] }).channels ?? []
  }
  const idOf = async (name: string) => (await list()).find(({ label }) => label === name)!.channelid
  const open = (item: object) => call<void>('Player.Open', { item })
  const programmes = async (channel: string): Promise<readonly KodiProgramme[]> => {
    const params = { channelid: await idOf(channel), properties: ['title', 'starttime'] }
    return (await call<{ readonly broadcasts?: KodiProgramme[] }>('PVR.GetBroadcasts', params)).broadcasts ?? []
  }
  return {
    channels: async () => (await list()).map(({ label }) => label),
    programmes,
    play: async (channel) => open({ channelid: await idOf(channel) }),
    playPast: ({ broadcastid }) => open({ broadcastid }),
    isBusy: async () => (await call<readonly object[]>('Player.GetActivePlayers')).length > 0,
    stop: () => call('Player.Stop', { playerid: 1 }),
    async playedS() {
      const labels = ['Player.Time', 'VideoPlayer.VideoCodec']
      const shown = await call<Record<string, string>>('XBMC.GetInfoLabels', { labels })
      if (shown['VideoPlayer.VideoCodec'] === '') return 0
      return shown['Player.Time']!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
    },
  }
}

function logOf(log: () => Promise<string>): Pick<Kodi, 'loaded'> {
  return {
    async loaded(what) {
      const found = new RegExp(`Loaded '?(\\d+)'? ${what}\\.`, 'g')
      const numbers = [...(await log()).matchAll(found)].map(([, number]) => Number(number))
      return numbers.at(-1)
    },
  }
}
