import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, isLongRun, startFakeProviderThread } from '@kptv/testkit'
import { hasKodi, type Kodi, type KodiProgramme, startKodi } from './support/kodi.ts'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'

const HOUR_MS = 3_600_000
const HOURS = 12
const fromMs = Math.floor(Date.now() / HOUR_MS - HOURS / 2) * HOUR_MS
const PASSWORD = 'CANARY-pass-of-kodi'
const TOKEN = 'CANARY-token-of-kodi'
const NAMES = ['North', 'South']
/** At any time of the year one of them has summer time, and the other one has not. */
const ZONES: Record<string, string> = { North: 'Europe/Berlin', South: 'Australia/Sydney' }
/** To and fro in the past of each channel: 50 in all. */
const JUMPS = 25

let folder: MadeFolder
let providers: Record<string, FakeProvider> = {}
let cluster: Cluster

const stamp = (hour: number) => new Date(fromMs + hour * HOUR_MS).toISOString().slice(0, 19).replace('T', ' ')
const guideOf = (name: string): string => {
  const time = (hour: number) => `${stamp(hour).replace(/[- :]/g, '')} +0000`
  const programmes = Array.from(
    { length: HOURS },
    (_, hour) =>
      `<programme start="${time(hour)}" stop="${time(hour + 1)}" channel="${name}.tv"><title>${name} &amp; ${hour}</title></programme>`,
  )
  return `<tv><channel id="${name}.tv"><display-name>${name}</display-name></channel>${programmes.join('')}</tv>`
}
const listOf = (name: string): string =>
  [
    '#EXTM3U url-tvg="{{base}}/xmltv.php?username={{user}}&password={{password}}"',
    `#EXTINF:-1 tvg-id="${name}.tv" group-title="Both" catchup="xc" catchup-days="3",${name}`,
    '{{base}}/live/{{user}}/{{password}}/101.ts',
  ].join('\n')

const describeWithKodi = hasKodi && isLongRun ? describe : describe.skip

describeWithKodi('Kodi, with an edge for each way to its lists', () => {
  beforeAll(async () => {
    folder = await makeFolder()
    const start = async (name: string) => [
      name,
      await startFakeProviderThread({ sourceId: name, playlist: { body: listOf(name) }, guide: guideOf(name) }),
    ]
    providers = Object.fromEntries(await Promise.all(NAMES.map(start)))
    const command = ['--disable-warning=ExperimentalWarning', 'apps/cli/src/main.ts', 'user', 'hash']
    const hash = execFileSync(process.execPath, command, { input: `${PASSWORD}\n`, encoding: 'utf8' }).trim()
    const user = `name: anna, password: "${hash}", tokens: [{ label: tv, token: ${TOKEN} }]`
    await folder.put('users.yaml', `users:\n  - { ${user} }\n`)
    const users = { USERS_FILE: folder.pathOf('users.yaml') }
    const sourceOf = (name: string) =>
      `{ name: ${name}, url: "${providers[name]!.playlistUrl()}", archiveTimeZone: ${ZONES[name]} }`
    await folder.put('sources.yaml', `sources:\n${NAMES.map((name) => `  - ${sourceOf(name)}\n`).join('')}`)
    cluster = await startCluster({
      sources: '',
      edges: 3,
      settings: { SOURCES_FILE: folder.pathOf('sources.yaml') },
      edgeSettings: [users, users, {}],
    })
    const { url } = cluster.edges[2]!
    const lastGuide = async () => (await (await fetch(`${url}/guide.xml`)).text()).match(/<programme /g)?.length
    await eventually('the guide is complete', async () => (await lastGuide()) === NAMES.length * HOURS)
  }, 240_000)

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await Promise.all(Object.values(providers).map((provider) => provider.stop()))
    await folder?.[Symbol.asyncDispose]()
  }, 90_000)

  const login = `username=anna&password=${PASSWORD}`
  const ways = [
    ['an Xtream login', `/get.php?${login}&type=m3u_plus&output=ts`, `/xmltv.php?${login}`],
    ['a link with a token', `/link/${TOKEN}/playlist.m3u8`, `/link/${TOKEN}/guide.xml.gz`],
    ['no users', '/playlist.m3u8', '/guide.xml'],
  ] as const

  test.each(ways)(
    'with %s it loads all channels and programmes, and plays them',
    async (way, playlist, guide) => {
      const { url } = cluster.edges[ways.findIndex(([name]) => name === way)]!
      await using kodi = await startKodi({ playlist: url + playlist, guide: url + guide })
      await expectLoaded(kodi)
      for (const name of NAMES) await expectPlays(kodi, name)
    },
    300_000,
  )

  test("with catch-up, past programmes are requested in each provider's local time, over one connection", async () => {
    const { url } = cluster.edges[2]!
    await using kodi = await startKodi({ playlist: `${url}/playlist.m3u8`, guide: `${url}/guide.xml` })
    await expectLoaded(kodi)
    for (const name of NAMES) await expectPlaysPast(kodi, name)
  }, 1_200_000)
})

/** Goes back and forth in the past, as people do that look for something. */
async function expectPlaysPast(kodi: Kodi, name: string): Promise<void> {
  const provider = providers[name]!
  const isSaved = async () => (await kodi.programmes(name)).every(({ broadcastid }) => broadcastid !== undefined)
  await eventually('Kodi has saved its guide', isSaved, { deadlineMs: 180_000 })
  const past = (await kodi.programmes(name)).slice(0, HOURS / 2 - 1)
  provider.resetTruth()
  const programmeOf = (jump: number) => past[(jump * 2) % past.length]!
  for (let jump = 0; jump < JUMPS; jump += 1) {
    const programme = programmeOf(jump)
    const before = (await provider.truth()).requests.length
    await kodi.playPast(programme)
    const wanted = `/${localTime(programme, ZONES[name]!)}/101.ts`
    const isRequested = async () => {
      const requests = (await provider.truth()).requests.slice(before)
      if (requests.some(({ path }) => path.endsWith(wanted))) return true
      throw new Error(`requests so far: ${requests.map(({ path }) => path).join(' ')}`)
    }
    await eventually(`the provider is asked for ${wanted}`, isRequested, { deadlineMs: 60_000 })
  }
  const playsOn = async () => {
    // It gives up what it opens when the next jump comes too soon: then people press again.
    if (!(await kodi.isBusy())) await kodi.playPast(programmeOf(JUMPS - 1))
    return (await kodi.playedS()) > 2
  }
  await eventually('it plays', playsOn, { deadlineMs: 90_000, everyMs: 3_000 })
  const { violations, highWaterMark } = await provider.truth()
  expect({ violations, highWaterMark }).toEqual({ violations: [], highWaterMark: 1 })
  await kodi.stop()
  const isLeft = async () => (await provider.truth()).openStreams === 0
  await eventually('the provider is left', isLeft, { deadlineMs: 60_000 })
}

/** `2027-05-31:22-15`, as panels write it. */
function localTime({ starttime }: KodiProgramme, timeZone: string): string {
  const options = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const
  const local = new Intl.DateTimeFormat('sv-SE', options).format(new Date(`${starttime.replace(' ', 'T')}Z`))
  return local.replace(' ', ':').replace(/(\d\d):(\d\d)$/, '$1-$2')
}

async function expectLoaded(kodi: Kodi): Promise<void> {
  const programmes = async () => Promise.all(NAMES.map((name) => kodi.programmes(name)))
  await eventually('Kodi has all channels', async () => (await kodi.channels()).length === NAMES.length, {
    deadlineMs: 90_000,
  })
  const isComplete = async () => (await programmes()).flat().length === NAMES.length * HOURS
  await eventually('Kodi has all programmes', isComplete, { deadlineMs: 90_000 })
  expect(await kodi.channels()).toEqual(NAMES)
  expect(await kodi.loaded('channels')).toBe(NAMES.length)
  expect(await kodi.loaded('EPG channels')).toBe(NAMES.length)
  expect(await kodi.loaded('EPG entries')).toBe(NAMES.length * HOURS)
  const shown = (await programmes()).map((list) => list.map(({ title, starttime }) => [title, starttime]))
  expect(shown).toEqual(
    NAMES.map((name) => Array.from({ length: HOURS }, (_, hour) => [`${name} & ${hour}`, stamp(hour)])),
  )
}

async function expectPlays(kodi: Kodi, name: string): Promise<void> {
  const provider = providers[name]!
  await kodi.play(name)
  const plays = async () => (await kodi.playedS()) > 2
  await eventually(`Kodi plays ${name}`, plays, { deadlineMs: 90_000 })
  await kodi.stop()
  const isLeft = async () => (await provider.truth()).openStreams === 0
  await eventually('the provider is left', isLeft, { deadlineMs: 60_000 })
  expect((await provider.truth()).violations).toEqual([])
}
