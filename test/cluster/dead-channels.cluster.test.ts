import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually, type FakeProvider, startFakeProviderThread, type Viewer } from '@kptv/testkit'
import { type Cluster, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

/** As many attempts as an account gets in a minute. */
const DEAD = 20
const SHIFT_MS = 700

let starting: AsyncDisposableStack
let folder: string
/** One connection each; `Both` is on both. */
let left: FakeProvider
let right: FakeProvider
/** Many channels, most of them dead. */
let large: FakeProvider
let cluster: Cluster
let ids: Map<string, string>

beforeAll(async () => {
  starting = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'kptv-dead-'))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const one = (sourceId: string, ...names: string[]) =>
    startFakeProviderThread({
      sourceId,
      accounts: [{ user: 'user', password: 'pass', limit: 1 }],
      entries: names.map((name) => ({ streamId: name.replace(' ', ''), name })),
    })
  left = starting.use(await one('left', 'Both', 'Only left'))
  right = starting.use(await one('right', 'Both', 'Only right'))
  const names = ['Watched', 'Good', ...Array.from({ length: DEAD }, (_, index) => `Dead ${index + 1}`)]
  large = starting.use(
    await startFakeProviderThread({
      sourceId: 'large',
      accounts: [{ user: 'user', password: 'pass', limit: 3 }],
      entries: names.map((name) => ({ streamId: name.replace(' ', ''), name })),
    }),
  )
  for (let index = 1; index <= DEAD; index += 1) {
    large.setFaults({ status: { code: 404 } }, { streamId: `Dead${index}` })
  }
  const clock = new URL('support/shift-clock.ts', import.meta.url).href
  cluster = starting.use(
    await startCluster({
      sources: `${left.playlistUrl()}|1,${right.playlistUrl()}|1,${large.playlistUrl()}|3`,
      edges: 2,
      settings: { RETRY_DELAY: '200ms', INACTIVE_TIMEOUT: '0s' },
      edgeSettings: [{ NODE_OPTIONS: `--import=${clock}`, CLOCK_SHIFT_FILE: join(folder, 'shift') }],
    }),
  )
  const streams = 4 + names.length
  await eventually('all sources are there', async () => (await cluster.status()).catalog.streams === streams)
  ids = await cluster.channelIds()
}, 240_000)

afterAll(async () => {
  leaveAll()
  await starting.disposeAsync()
}, 120_000)

const urlOn = (place: number, name: string): string => `${cluster.edges[place]!.url}/stream/${ids.get(name)}`

async function play(place: number, name: string): Promise<Viewer> {
  const viewer = await watch(urlOn(place, name))
  expect([name, viewer.status]).toEqual([name, 200])
  await eventually(`${name} plays`, () => viewer.report().keyFrames >= 1)
  return viewer
}

async function goesOn(viewers: readonly Viewer[], more: number): Promise<void> {
  const played = viewers.map((viewer) => viewer.report().keyFrames)
  await eventually('all go on', () =>
    viewers.every((viewer, index) => viewer.report().keyFrames >= played[index]! + more),
  )
}

test('a channel that waits for a full source keeps nobody from an idle source that it cannot use', async () => {
  const only = await play(0, 'Only right')
  const both = await play(0, 'Both')
  expect(left.truth().openStreams).toBe(1)
  left.setFaults({ status: { code: 404 } }, { streamId: 'Both' })
  left.cut('destroy', { streamId: 'Both' })
  const queues = async () => (await cluster.redis.command('KEYS', 'kptv:0:{account:*}:waiters')) as string[]
  await eventually('it waits in one queue', async () => (await queues()).length === 1)

  const other = await play(0, 'Only left')
  expect(both.ended()).toBeUndefined()
  for (const viewer of [only, both, other]) viewer.close()
}, 90_000)

test('twenty dead channels hold up neither good channels nor viewers', async () => {
  const watched = await play(0, 'Watched')
  for (let index = 1; index <= DEAD; index += 1) {
    const answer = await fetch(urlOn(index % 2, `Dead ${index}`))
    expect([index, answer.status]).toEqual([index, 502])
    await answer.body?.cancel()
  }
  const good = await play(1, 'Good')
  const opened = large.truth().channels.Watched!.opened
  large.cut('destroy', { streamId: 'Watched' })
  await eventually('it is opened again', () => large.truth().channels.Watched!.opened > opened)
  await goesOn([watched, good], 2)
  expect([watched.ended(), good.ended()]).toEqual([undefined, undefined])
  good.close()
  watched.close()
}, 120_000)

test('a clock that is set forward closes no connection', async () => {
  const viewers = [await play(0, 'Only left'), await play(0, 'Only right'), await play(0, 'Watched')]
  const openedNow = () =>
    [left, right, large].map(({ truth }) => truth().attempts.filter(({ outcome }) => outcome === 'opened').length)
  const opened = openedNow()
  await writeFile(join(folder, 'shift'), String(SHIFT_MS))
  await goesOn(viewers, 3)
  expect(openedNow()).toEqual(opened)
  expect(viewers.map((viewer) => [viewer.ended(), viewer.report().problems])).toEqual(
    viewers.map(() => [undefined, []]),
  )
  for (const viewer of viewers) viewer.close()
}, 90_000)

test('channels are found, or requested again, while Redis is empty and no worker fills it', async () => {
  const playing = await play(0, 'Watched')
  cluster.worker.kill('SIGKILL')
  await cluster.worker.waitForExit()
  await cluster.redis.killHard()
  await cluster.redis.restart()
  const seen = new Set<string>()
  await eventually(
    'the other edge shows what is in play',
    async () => {
      for (const name of ['Good', 'Watched']) {
        const viewer = await watch(urlOn(1, name))
        viewer.close()
        seen.add(viewer.status === 200 ? '200' : `${viewer.status}, ${Number(viewer.headers['retry-after']) > 0}`)
        if (name === 'Watched' && viewer.status === 200) return true
      }
      return false
    },
    { deadlineMs: 60_000, everyMs: 100 },
  )
  expect([...seen].filter((answer) => answer !== '200' && answer !== '503, true')).toEqual([])
  expect(playing.ended()).toBeUndefined()
}, 120_000)
