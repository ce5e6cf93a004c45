import { execFileSync } from 'node:child_process'
import { Xtream } from '@iptv/xtream-api'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  fileBytes,
  shortOrLong,
  startFakeProviderThread,
  type Viewer,
} from '@kptv/testkit'
import { CHROMIUM, findBarriers, LOOKS, openBrowser, openPage, sidewaysScroll } from '../page/open-browser.ts'
import { type MadeFolder, makeFolder } from './support/made-folder.ts'
import { openRange } from './support/open-range.ts'
import { hasPyxtream, readXtream } from './support/read-xtream.ts'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { channelIdsOf, countLeases, moviePathOf } from './support/user-streams.ts'
import { leaveAll, watch } from './support/watch.ts'

const PASSWORD = 'CANARY-pass-77'
const TV = 'CANARY-token-of-the-tv'
const PHONE = 'CANARY-token-of-the-phone'
const CHANNELS = 8
const GUEST = 'CANARY-token-of-the-guest'
const HOST = 'CANARY-token-of-the-host'
const TABLET = 'CANARY-token-of-the-tablet'
const ZAPS_OF_EACH = shortOrLong(20, 100)
const VOD_BYTES = 24 * 1024 * 1024

let provider: FakeProvider
let cluster: Cluster
let folder: MadeFolder
let hash: string

const fileWith = (tokens: readonly string[]): string =>
  `users:\n  - name: anna\n    password: "${hash}"\n    streams: 2\n    tokens:\n${tokens
    .map((token) => `      - { label: ${token.slice(7)}, token: ${token} }\n`)
    .join('')}  - { name: bert, streams: 1, tokens: [{ label: tablet, token: ${TABLET} }] }\n`
const writeUsers = (...tokens: readonly string[]): Promise<void> => folder.put('users.yaml', fileWith(tokens))

beforeAll(async () => {
  const command = ['--disable-warning=ExperimentalWarning', 'apps/cli/src/main.ts', 'user', 'hash']
  hash = execFileSync(process.execPath, command, { input: `${PASSWORD}\n`, encoding: 'utf8' }).trim()
  folder = await makeFolder()
  await writeUsers(TV, PHONE)
  provider = await startFakeProviderThread({
    accounts: [{ user: 'user', password: 'pass', limit: 6 }],
    entries: [
      ...Array.from({ length: CHANNELS }, (_, index) => ({
        streamId: `${index + 1}`,
        name: `Channel ${index + 1}`,
        attributes: [['group-title', index % 2 === 0 ? 'Even' : 'Odd'] as const],
      })),
      { streamId: '99', name: 'Heat', kind: 'movie', media: { kind: 'bytes', sizeBytes: VOD_BYTES } },
    ],
  })
  cluster = await startCluster({
    sources: `${provider.playlistUrl()}|6`,
    edges: 3,
    settings: { DEBUG: 'true', USERS_FILE: folder.pathOf('users.yaml') },
  })
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
  await folder?.[Symbol.asyncDispose]()
}, 90_000)

const appAt = (url: string, password = PASSWORD) => new Xtream({ url, username: 'anna', password })
const leases = (user = 'anna') => countLeases(cluster, user)
const channelIds = () => channelIdsOf(`${cluster.edge.url}/link/${PHONE}`)

test('an independent Xtream client logs in, lists and plays, with the same numbers from every edge', async () => {
  const seen: unknown[] = []
  for (const { url } of cluster.edges) {
    const app = appAt(url)
    expect(await app.getProfile()).toMatchObject({ auth: 1, max_connections: '2', active_cons: '0' })
    const categories = await app.getChannelCategories()
    const channels = await app.getChannels()
    expect([categories.length, channels.length]).toEqual([2, CHANNELS])
    expect(await app.getChannels({ categoryId: categories[0]!.category_id })).toHaveLength(CHANNELS / 2)
    expect(await app.getShortEPG({ channelId: channels[0]!.stream_id })).toEqual({ epg_listings: [] })
    // The client adds the address of the edge to each channel.
    seen.push([categories, channels.map(({ name, stream_id, category_ids }) => [name, stream_id, category_ids])])
    expect(await appAt(url, 'wrong').getProfile()).toMatchObject({ auth: 0 })
  }
  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
  const app = appAt(cluster.edges[2]!.url)
  const [channel] = await app.getChannels()
  const address = app.generateStreamUrl({ type: 'channel', streamId: channel!.stream_id, extension: 'ts' })
  const viewer = await watch(address!)
  await eventually('it plays', () => viewer.report().keyFrames >= 1)
  expect(await appAt(cluster.edge.url).getProfile()).toMatchObject({ active_cons: '1' })
  viewer.close()
  await eventually('nothing is left', async () => (await leases()) === 0)
}, 240_000)

const testInBrowser = CHROMIUM === undefined ? test.skip : test

testInBrowser(
  'a browser logs in at one edge, is known at the others, and sees no secret',
  async () => {
    const [first, second] = cluster.edges
    await using browser = await openBrowser()
    const { page, complaints } = await openPage(browser, first!.url, LOOKS[3])
    await page.goto(`${first!.url}/#/players`)
    await page.getByLabel('Name').fill('anna')
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('Wrong name or password.').waitFor()
    expect(await findBarriers(page)).toEqual([])
    expect(await sidewaysScroll(page)).toBe(0)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByText(/\/link\/[\w-]{32}\/playlist\.m3u8/).waitFor()
    expect(await findBarriers(page)).toEqual([])
    expect(await sidewaysScroll(page)).toBe(0)
    expect(complaints.filter((complaint) => !complaint.includes('401'))).toEqual([])
    // A browser sends cookies to all ports of a host.
    await page.goto(`${second!.url}/#/channels`)
    await page.getByText('Channel 1').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Password').waitFor()
    await page.goto(`${first!.adminUrl}/#/users`)
    await page.locator('.chip', { hasText: TV.slice(7) }).waitFor()
    expect(await page.content()).not.toMatch(/CANARY|argon2/)
    expect(await findBarriers(page)).toEqual([])
  },
  240_000,
)

const testWithPyxtream = hasPyxtream ? test : test.skip

testWithPyxtream(
  'pyxtream logs in at every edge, and reads the same from all of them',
  async () => {
    const [first, ...others] = cluster.edges.map(({ url }) => readXtream({ url, user: 'anna', password: PASSWORD }))
    // The movie has no group of its own.
    const groups = ['Even', 'Odd', 'Other']
    expect(first).toMatchObject({ auth: 1, isLoaded: true, groups, guides: [{ epg_listings: [] }] })
    expect(first!.channels).toHaveLength(CHANNELS)
    for (const other of others) expect(other).toEqual(first)
  },
  240_000,
)

test('a user with one stream seeks in a VOD over all edges: never refused, and never two', async () => {
  const path = `/link/${TABLET}${await moviePathOf(`${cluster.edge.url}/link/${TABLET}`)}`
  const held: number[] = []
  provider.resetTruth()
  for (let seek = 0; seek < 18; seek += 1) {
    const leaving = new AbortController()
    const from = (seek * 5_000_011) % VOD_BYTES
    const how = { headers: { Range: `bytes=${from}-` }, signal: leaving.signal }
    const response = await fetch(cluster.edges[seek % 3]!.url + path, how)
    const { value = Buffer.of() } = (await response.body?.getReader().read()) ?? {}
    expect([response.status, Buffer.from(value).equals(fileBytes(from, from + value.length))]).toEqual([206, true])
    held.push(await leases('bert'))
    // A player closes the old connection before it opens the next one, or only after that.
    setTimeout(() => leaving.abort(), (seek % 2) * 50)
  }
  expect(Math.max(...held)).toBe(1)
  expect(provider.truth().violations).toEqual([])
  await eventually('nothing is left', async () => (await leases('bert')) === 0)
}, 240_000)

test('a limit of two holds over three edges while two devices zap and an edge dies', async () => {
  const names = [...(await channelIds()).values()]
  const open = new Set<Viewer>()
  const held: number[] = []
  const zap = async (token: string, count: number): Promise<void> => {
    let before: Viewer | undefined
    for (let turn = 0; turn < count; turn += 1) {
      const { url } = cluster.edges[turn % 2]!
      const viewer = await watch(`${url}/link/${token}/stream/${names[turn % CHANNELS]}`)
      if (viewer.status !== 200) continue
      open.add(viewer)
      void viewer.waitForEnd({ deadlineMs: 120_000 }).then(
        () => open.delete(viewer),
        () => undefined,
      )
      held.push(await leases())
      // A player closes its old stream, or leaves that to the limit. What had been sent before
      // arrives late.
      if (turn % 2 === 0) before?.close()
      await eventually('no more than two streams are open', () => open.size <= 2)
      before = viewer
    }
  }
  const doomed = cluster.edges[2]!
  const third = await watch(`${doomed.url}/link/${TV}/stream/${names[0]}`)
  expect(third.status).toBe(200)
  expect((await watch(`${cluster.edge.url}/link/${PHONE}/stream/${names[1]}`)).status).toBe(200)
  const refused = await fetch(`${cluster.edge.url}/link/${PHONE}/stream/${names[2]}`, {
    headers: { 'User-Agent': 'another' },
  })
  expect([refused.status, ((await refused.json()) as { readonly error: string }).error]).toEqual([429, 'user-limit'])
  doomed.process.killGroup('SIGKILL')
  await third.waitForEnd()
  leaveAll()
  await eventually('the stream on the dead edge no longer counts', async () => (await leases()) === 0)
  await Promise.all([zap(TV, ZAPS_OF_EACH), zap(PHONE, ZAPS_OF_EACH)])
  // No zap was refused.
  expect(held).toHaveLength(2 * ZAPS_OF_EACH)
  expect(Math.max(...held)).toBe(2)
  leaveAll()
  await eventually('nothing is left', async () => (await leases()) === 0)
  expect(provider.truth().violations).toEqual([])
}, 240_000)

test('with all connections in use, a user of higher priority takes over the lowest one, which ends normally', async () => {
  const users = [
    `  - { name: guest, tokens: [{ label: tv, token: ${GUEST} }] }\n`,
    `  - { name: host, priority: 10, tokens: [{ label: tv, token: ${HOST} }] }\n`,
  ]
  await folder.put('users.yaml', fileWith([TV, PHONE]) + users.join(''))
  const ids = [...(await channelIds()).values()]
  const [one, other] = cluster.edges
  const linkOf = (index: number, token: string) =>
    `${(index % 2 === 0 ? one! : other!).url}/link/${token}/stream/${ids[index]}`
  await eventually('the file is read', async () => (await fetch(linkOf(0, HOST), { method: 'HEAD' })).status === 200)
  await eventually('here too', async () => (await fetch(linkOf(1, HOST), { method: 'HEAD' })).status === 200)
  // The first channel has a guest and, on the other edge, a host.
  const hosts = await watch(`${other!.url}/link/${HOST}/stream/${ids[0]}`)
  const guests = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => watch(linkOf(index, GUEST))))
  expect([hosts, ...guests].map(({ status }) => status)).toEqual(Array(7).fill(200))
  provider.resetTruth()
  const ends = new Map<Viewer, string>()
  for (const viewer of [hosts, ...guests]) {
    const ended = viewer.waitForEnd({ deadlineMs: 120_000 })
    void ended.then((how) => ends.set(viewer, how)).catch(() => undefined)
  }
  expect((await watch(linkOf(6, HOST))).status).toBe(200)
  await eventually('a guest has made room', () => ends.size > 0)
  const staying = [hosts, ...guests].filter((viewer) => !ends.has(viewer))
  const frames = staying.map((viewer) => viewer.report().keyFrames)
  await eventually('all others play on', () =>
    staying.every((viewer, index) => viewer.report().keyFrames > frames[index]!),
  )
  expect([...ends.values()]).toEqual(['end'])
  expect(ends.has(hosts) || ends.has(guests[0]!)).toBe(false)
  // A VOD is no less than a channel: neither where it waits nor where it has a connection.
  const movie = await moviePathOf(`${cluster.edge.url}/link/${TABLET}`)
  const hosted = await openRange(`${other!.url}/link/${HOST}${movie}`)
  expect(hosted.status).toBe(206)
  await eventually('a second guest has made room', () => ends.size === 2)
  await hosted.leave()
  const guested = await openRange(`${one!.url}/link/${GUEST}${movie}`)
  expect(guested.status).toBe(206)
  expect((await watch(linkOf(7, HOST))).status).toBe(200)
  await guested.untilEnd()
  expect(ends.size).toBe(2)
  expect(provider.truth().violations).toEqual([])
}, 240_000)

test('a token removed from the file is dead, and so is its running stream; others continue', async () => {
  const [id] = [...(await channelIds()).values()]
  const [tv, phone] = await Promise.all(
    [TV, PHONE].map((token, index) => watch(`${cluster.edges[index]!.url}/link/${token}/stream/${id}`)),
  )
  await eventually('both play', () => [tv, phone].every((viewer) => viewer!.report().keyFrames >= 1))
  await writeUsers(PHONE)
  await tv!.waitForEnd()
  for (const { url } of cluster.edges.slice(0, 2)) {
    await eventually('the link is dead', async () => (await fetch(`${url}/link/${TV}/playlist.m3u8`)).status === 401)
  }
  const frames = phone!.report().keyFrames
  await eventually('the other one plays on', () => phone!.report().keyFrames > frames)
}, 240_000)

test('no password or token is in a log line, a metric, the status, Redis or the list of processes', async () => {
  const { edge, redis, edges } = cluster
  await fetch(`${edge.url}/live/anna/${PASSWORD}/1.ts?utc=1`)
  await fetch(`${edge.url}/player_api.php?username=${PASSWORD}&password=${PASSWORD}`)
  await fetch(`${edge.url}/nothing?username=anna&password=${PASSWORD}`)
  await fetch(`${edge.url}/player_api.php`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'anna', password: PASSWORD }),
  })
  const seen: string[] = [execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })]
  for (const path of ['/status', '/metrics', '/']) seen.push(await (await fetch(edge.adminUrl + path)).text())
  for (const key of (await redis.command('KEYS', '*')) as string[])
    seen.push(key, String(await redis.command('DUMP', key).catch(() => '')))
  for (const node of edges) seen.push(node.process.output())
  const text = seen.join('\n')
  expect(text).toContain('"level":"DEBUG"')
  expect(text.match(/.{0,80}CANARY.{0,80}/gi)).toBeNull()
  expect(text).not.toContain(hash.slice(-20))
}, 240_000)
