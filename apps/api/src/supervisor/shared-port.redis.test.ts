import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  eventually,
  type FakeProvider,
  openViewer,
  openViewers,
  type RedisForTests,
  type StartedProcess,
  startFakeProvider,
  startProcess,
  startRedisForTests,
} from '@kptv/testkit'
import { type SupervisedNode, startSupervisedNode } from '../../test-support/supervised-node.ts'

let redis: RedisForTests
let provider: FakeProvider
let worker: StartedProcess
let settings: Record<string, string>

beforeAll(async () => {
  redis = await startRedisForTests({ isPrivate: true })
  provider = await startFakeProvider({ accounts: [{ user: 'user', password: 'pass', limit: 4 }] })
  settings = { SOURCES: `${provider.playlistUrl()}|4`, INACTIVE_TIMEOUT: '1s', DRAIN_MAX: '10m' }
  worker = await startProcess({
    file: new URL('../../../worker/src/main.ts', import.meta.url),
    name: 'worker',
    env: { NODE_ID: 'worker', REDIS_URL: redis.url, ...settings },
  })
}, 60_000)

afterAll(async () => {
  await worker?.stop()
  await provider?.stop()
  await redis?.stop()
}, 30_000)

/** The address of the one channel, once it is there. */
async function channelOf(node: SupervisedNode): Promise<string> {
  const findChannel = async () =>
    /^http\S+\/stream\/\S+$/m.exec(await (await fetch(`${node.url}/playlist.m3u8`)).text())?.[0]
  return eventually('there is a channel', findChannel, { deadlineMs: 30_000 })
}

async function slotCount(): Promise<number> {
  const keys = (await redis.command('KEYS', '*:slots')) as string[]
  const counts = await Promise.all(keys.map((key) => redis.command('ZCARD', key)))
  return counts.reduce((sum: number, count) => sum + Number(count), 0)
}

test('two processes share the port, and both serve', async () => {
  await using node = await startSupervisedNode({ redisUrl: redis.url, processes: 2, settings })
  const channel = await channelOf(node)
  const viewers = await openViewers(24, channel)
  expect(viewers.map(({ status }) => status)).toEqual(Array(24).fill(200))
  const served = [(await node.status(1)).viewers, (await node.status(2)).viewers]
  // The kernel spreads at random: all 24 go to one process once in eight million runs.
  expect(Math.min(...served)).toBeGreaterThan(0)
  expect(served[0]! + served[1]!).toBe(24)
  await eventually('all have media', () => viewers.every((viewer) => viewer.report().keyFrames >= 1))
  for (const viewer of viewers) viewer.close()
  await eventually('no slot is left', async () => (await slotCount()) === 0)
  expect(provider.truth().violations).toEqual([])
}, 90_000)

test('SIGTERM, even to the whole group, lets a viewer stay until it leaves', async () => {
  await using node = await startSupervisedNode({ redisUrl: redis.url, settings })
  const viewer = await openViewer(await channelOf(node))
  await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
  node.supervisor.killGroup('SIGTERM')
  await eventually('it is not ready any more', async () => (await fetch(`${node.url}/readyz`)).status === 503)
  // Longer than a balancer needs.
  await sleep(4_500)
  const { keyFrames } = viewer.report()
  await eventually('media still flows', () => viewer.report().keyFrames > keyFrames)
  expect(node.supervisor.exit()).toBeUndefined()
  viewer.close()
  expect(await node.supervisor.waitForExit({ deadlineMs: 30_000 })).toEqual({ code: 0, signal: null })
  expect(await slotCount()).toBe(0)
}, 90_000)

test('a second SIGTERM ends it at once, and cleanly', async () => {
  await using node = await startSupervisedNode({ redisUrl: redis.url, processes: 2, settings })
  const viewer = await openViewer(await channelOf(node))
  await eventually('the channel plays', () => viewer.report().keyFrames >= 1)
  node.supervisor.kill('SIGTERM')
  await eventually('it is not ready any more', async () => (await fetch(`${node.url}/readyz`)).status === 503)
  node.supervisor.kill('SIGTERM')
  expect(await node.supervisor.waitForExit({ deadlineMs: 30_000 })).toEqual({ code: 0, signal: null })
  await viewer.waitForEnd()
  expect(await slotCount()).toBe(0)
  expect(await redis.command('KEYS', 'kptv:0:dead:*')).toEqual([])
}, 90_000)
