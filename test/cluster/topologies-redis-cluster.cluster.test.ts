import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventList, liveState } from '@kptv/contract'
import { keySlot } from '@kptv/redis'
import {
  eventually,
  type FakeProvider,
  type RedisClusterForTests,
  startFakeProviderThread,
  startRedisCluster,
} from '@kptv/testkit'
import { openEvents } from './support/open-events.ts'
import { flawsOf, leaderOf, nothingIsLeft, playOn, watchOnEach } from './support/played-on-nodes.ts'
import { type Cluster, type EdgeNode, isFullyReady, startCluster } from './support/start-cluster.ts'
import { leaveAll } from './support/watch.ts'

/** Ids depend on names alone: the records of these four lie on all three primaries. */
const CHANNELS = 4

let provider: FakeProvider
let redis: RedisClusterForTests
let cluster: Cluster
let channels: string[]

beforeAll(async () => {
  const names = Array.from({ length: CHANNELS }, (_, index) => `Channel ${index + 1}`)
  provider = await startFakeProviderThread({
    accounts: [{ user: 'user', password: 'pass', limit: CHANNELS }],
    entries: names.map((name, index) => ({ streamId: String(101 + index), name })),
  })
  redis = await startRedisCluster({ replicas: 1 })
  cluster = await startCluster({ sources: `${provider.playlistUrl()}|${CHANNELS}`, edges: 3, redis })
  const ids = await cluster.channelIds()
  channels = names.map((name) => ids.get(name)!)
}, 240_000)

afterEach(leaveAll)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await provider?.stop()
}, 240_000)

async function read<Answer>({ adminUrl }: EdgeNode, path: string, schema: { parse(body: unknown): Answer }) {
  return schema.parse(await (await fetch(adminUrl + path)).json())
}

const nobodyIsLeft = async () => {
  leaveAll()
  await eventually('the provider has no connection', () => provider.truth().openStreams === 0, { deadlineMs: 30_000 })
  await nothingIsLeft(cluster)
}

test('one pull for viewers on all nodes; the leader is killed, the others continue; nothing is left behind', async () => {
  const channel = channels[0]!
  const viewers = await watchOnEach(cluster, channel)
  await playOn(viewers, 4)
  for (const viewer of viewers) expect(viewer.report().problems).toEqual([])
  expect(provider.truth()).toMatchObject({ highWaterMark: 1, openStreams: 1, violations: [] })

  const leader = await leaderOf(cluster, channel)
  const staying = viewers.filter((_, index) => cluster.edges[index] !== leader)
  const [asked] = cluster.edges.filter((edge) => edge !== leader)
  await using page = await openEvents(`${asked!.adminUrl}/admin/events`)
  const ends = async () => {
    const { events } = await read(asked!, `/admin/log?node=${leader.name}`, eventList)
    return events.filter(({ facts }) => facts.type === 'node-gone').length
  }
  const before = await ends()
  await eventually('the page shows the leader', () => page.text().includes(`"node":"${leader.name}","role":"leads"`))
  leader.process.killGroup('SIGKILL')
  await playOn(staying, 4)
  await eventually('the page says so', async () => {
    const { nodes, channels: played } = await read(asked!, '/admin/live', liveState)
    const isGone = Object.values(nodes).some(({ node, state }) => node === leader.name && state === 'gone')
    const [first] = played[channel]?.nodes ?? []
    return isGone && first?.role === 'leads' && first.node !== leader.name
  })
  expect(page.text()).toContain('"state":"gone"')
  await eventually('its end is reported', async () => (await ends()) > before)
  for (const viewer of staying) {
    expect(viewer.ended()).toBeUndefined()
    expect(flawsOf(viewer)).toEqual([])
  }
  expect(provider.truth().channels['101']).toMatchObject({ highWaterMark: 1, opened: 2 })
  await nobodyIsLeft()
  // Both others have missed it by now.
  expect(await ends()).toBe(before + 1)
  await cluster.restartEdge(leader)
  await eventually('it is ready again', () => isFullyReady(leader), { deadlineMs: 30_000 })
}, 240_000)

test('a primary fails over: its channels continue, the others never notice, and the provider sees no more than it allows', async () => {
  provider.resetTruth()
  const viewers = new Map<string, Awaited<ReturnType<typeof watchOnEach>>>()
  for (const channel of channels) viewers.set(channel, await watchOnEach(cluster, channel))
  await playOn([...viewers.values()].flat(), 4)
  // One that serves a channel, but not the slots of the account, on which all channels depend.
  const leadKey = (channel: string) => `kptv:0:{channel:${channel}}:lead`
  const [slots = ''] = (await redis.command('KEYS', '*:slots')) as string[]
  const owners = await Promise.all(channels.map((channel) => redis.primaryOf(leadKey(channel))))
  expect(new Set(owners).size).toBe(3)
  const slotsOwner = await redis.primaryOf(slots)
  const victim = owners.find((owner) => owner !== slotsOwner)!
  const hit = channels.filter((_, index) => owners[index] === victim)
  const others = channels.filter((_, index) => owners[index] !== victim)

  await victim.killHard()
  await playOn([...viewers.values()].flat(), 6, 120_000)
  for (const viewer of [...viewers.values()].flat()) expect(viewer.ended()).toBeUndefined()
  const truth = provider.truth()
  expect(truth.violations).toEqual([])
  for (const channel of others) {
    for (const viewer of viewers.get(channel)!) expect(viewer.report().problems).toEqual([])
    const streamId = String(101 + channels.indexOf(channel))
    expect(truth.channels[streamId]).toMatchObject({ opened: 1, highWaterMark: 1 })
  }
  await eventually('its replica has taken over', async () =>
    redis.replicas.includes(await redis.primaryOf(leadKey(hit[0]!))),
  )
  await nobodyIsLeft()
}, 240_000)

test('keys that belong together share one slot of the Redis Cluster', async () => {
  const names = (await redis.command('KEYS', '*{*')) as string[]
  const bySlot = Map.groupBy(names, (name) => /\{(.*?)\}/.exec(name)![1])
  for (const group of bySlot.values()) expect(new Set(group.map(keySlot)).size).toBe(1)
  expect(await redis.command('CLUSTER', 'KEYSLOT', names[0]!)).toBe(keySlot(names[0]!))
})
