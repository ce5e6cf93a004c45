import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type AdminOrder, type ChannelDetails, channelDetails, eventList } from '@kptv/contract'
import { createKeys } from '@kptv/redis'
import { eventually, type FakeProvider, startFakeProviderThread, type Viewer } from '@kptv/testkit'
import { type Cluster, type EdgeNode, startCluster } from './support/start-cluster.ts'
import { leaveAll, watch } from './support/watch.ts'

/** A busy machine may take its time; a test that passes does not wait. */
const PATIENCE = { deadlineMs: 60_000 }

const starting = new AsyncDisposableStack()
let provider: FakeProvider
let cluster: Cluster
let [first, second] = [] as unknown as [EdgeNode, EdgeNode]
let channel: string

beforeAll(async () => {
  provider = starting.use(await startFakeProviderThread({ sourceId: 'first' }))
  const other = starting.use(await startFakeProviderThread({ sourceId: 'second' }))
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|3,${other.playlistUrl()}|3`, edges: 2 })
  starting.use(cluster)
  await eventually('both sources are one channel', async () => (await cluster.status()).catalog.streams === 2, PATIENCE)
  ;[first, second] = cluster.edges as [EdgeNode, EdgeNode]
  channel = [...(await cluster.channelIds()).values()][0]!
}, 240_000)

afterAll(async () => {
  leaveAll()
  await starting.disposeAsync()
}, 240_000)

async function give(edge: EdgeNode, order: AdminOrder): Promise<string> {
  const response = await fetch(`${edge.adminUrl}/admin/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(order),
  })
  const { nodes, error } = (await response.json()) as { readonly nodes?: string[]; readonly error?: string }
  return `${response.status} ${error ?? nodes?.join()}`
}

async function detailsFrom(edge: EdgeNode): Promise<ChannelDetails> {
  return channelDetails.parse(await (await fetch(`${edge.adminUrl}/admin/channels/${channel}`)).json())
}

/** The newest first. */
async function toldBy(edge: EdgeNode, query: string): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> {
  const { events } = eventList.parse(await (await fetch(`${edge.adminUrl}/admin/log${query}`)).json())
  return events.map(({ facts }) => facts)
}

const watchOn = (edge: EdgeNode): Promise<Viewer> => watch(`${edge.url}/stream/${channel}`)
const playsOn = async (viewer: Viewer) => {
  const before = viewer.report().keyFrames
  await eventually('it plays on', () => viewer.report().keyFrames > before + 1, PATIENCE)
}
const listRequests = () => provider.truth().requests.filter(({ kind }) => kind === 'playlist').length
const leaderSeenFrom = async (edge: EdgeNode) => {
  const [leader] = (await detailsFrom(edge)).nodes
  return leader?.plays.phase === 'playing' ? leader : undefined
}

test('every order is carried out wherever its object is, even when given at an edge that does not lead', async () => {
  const [here, there] = [await watchOn(first), await watchOn(second)]
  await Promise.all([here, there].map(playsOn))
  const leading = await eventually('one leads', () => leaderSeenFrom(first), PATIENCE)
  let [leader, follower] = leading.node === first.name ? [first, second] : [second, first]

  // Another stream: the viewers of both nodes stay.
  const { source } = leading.plays
  expect(await give(follower, { order: 'next-source', channel })).toBe(`200 ${leader.name}`)
  const isChanged = async () => (await leaderSeenFrom(follower))?.plays.source
  await eventually(
    'another source plays',
    async () => ![undefined, source].includes((await isChanged()) as never),
    PATIENCE,
  )
  await Promise.all([here, there].map(playsOn))

  // One viewer of the other node.
  const guest = await watchOn(leader)
  const isThere = async () => (await leaderSeenFrom(follower))?.plays.clients[1]
  const client = await eventually('the guest is listed', isThere, PATIENCE)
  expect(await give(follower, { order: 'end-viewer', channel, viewer: client.id })).toBe(`200 ${leader.name}`)
  await eventually('the guest is gone', () => guest.ended() !== undefined, PATIENCE)
  expect(await give(follower, { order: 'end-viewer', channel, viewer: client.id })).toBe('404 unknown-viewer')
  expect([here.ended(), there.ended()]).toEqual([undefined, undefined])

  // A stream that rests.
  const { stream } = (await detailsFrom(follower)).streams.find(({ plays }) => !plays)!
  await cluster.redis.command('SET', createKeys().streamBlocked(stream), '5', 'PX', 600_000)
  const restOf = async () => (await detailsFrom(follower)).streams.find((one) => one.stream === stream)!.blockedForMs
  expect(await restOf()).toBeGreaterThan(0)
  expect(await give(follower, { order: 'unblock-stream', stream })).toBe('200 ')
  expect(await restOf()).toBe(0)

  // The lead: there and back again, each order at the follower.
  for (const _ of ['there', 'back']) {
    expect(await give(follower, { order: 'move-leader', channel })).toBe(`200 ${leader.name}`)
    ;[leader, follower] = [follower, leader]
    await eventually('the other leads', async () => (await leaderSeenFrom(follower))?.node === leader.name, PATIENCE)
    await Promise.all([here, there].map(playsOn))
  }

  // Lists.
  const before = listRequests()
  expect(await give(follower, { order: 'read-list' })).toBe('200 ')
  await eventually('the list is read', () => listRequests() > before, PATIENCE)
  const [listed] = (await cluster.status()).sources
  expect(await give(follower, { order: 'accept-list', source: listed!.id })).toBe('409 nothing-put-aside')
  expect(await give(follower, { order: 'read-list', source: 'nobody' })).toBe('404 unknown-source')

  // The whole channel.
  expect(await give(follower, { order: 'stop', channel })).toBe('200 edge-1,edge-2')
  await eventually('all are gone', () => [here, there].every((viewer) => viewer.ended() !== undefined), PATIENCE)
  await eventually('its slot is given back', async () => (await cluster.slotCount()) === 0, PATIENCE)
  expect(await give(follower, { order: 'stop', channel })).toBe('404 not-in-play')

  // A node.
  const { incarnation } = await cluster.status(second)
  expect(await give(first, { order: 'drain', node: incarnation })).toBe('200 edge-2')
  expect(await second.process.waitForExit(PATIENCE)).toMatchObject({ code: 0 })
  expect(await give(first, { order: 'drain', node: incarnation })).toBe('404 unknown-node')

  // The addresses of before are orders too.
  await fetch(`${first.adminUrl}/refresh`, { method: 'POST' })
  const isReported = async () => (await toldBy(first, ''))[0]?.order === 'read-list'
  await eventually('the last order is reported', isReported, PATIENCE)
  const [last] = await toldBy(first, '')
  expect(last).toMatchObject({ order: 'read-list', outcome: 'done', address: '127.0.0.1' })
  const ofNode = await toldBy(first, '?node=edge-2')
  expect(ofNode.filter(({ order }) => order === 'drain')).toMatchObject([{ target: 'edge-2', outcome: 'done' }])
  const ofLife = ofNode.flatMap(({ type }) => (String(type).startsWith('node-') ? [type] : []))
  expect(ofLife).toEqual(['node-stopped', 'node-drains', 'node-started'])
  const ofChannel = await toldBy(first, `?channel=${channel}`)
  expect(new Set(ofChannel.map(({ channel: about }) => about))).toEqual(new Set([channel]))
  expect(ofChannel.map(({ order }) => order)).toEqual(expect.arrayContaining(['stop', 'move-leader', 'next-source']))
}, 240_000)
