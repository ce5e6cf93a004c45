import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { eventually, type RedisForTests, startRedisForTests } from '@kptv/testkit'
import type { EndpointCount, EndpointOrder } from './relay-endpoint.ts'

const RELAY_ENDPOINT = fileURLToPath(new URL('relay-endpoint.ts', import.meta.url))
/** Of a channel. */
const BITS_PER_SECOND = 8_000_000
const WARM_UP_MS = 1_000
const MEASURED_MS = 3_000
const FIRST_CHANNELS = 32
/** The answer is that exact. */
const CLOSE = 0.1

export type CeilingStep = {
  readonly channels: number
  /** Media that each follower got, Mbit/s. */
  readonly mediaMbits: number
  /** Messages that were dropped or are missing, at all ends. */
  readonly lost: number
  /** Of one core. */
  readonly redisCpu: number
  readonly publisherCpu: number
  readonly followerCpu: number
}

type Ceiling = {
  /** The most that went through without any loss. */
  readonly best: CeilingStep
  /** The least with a loss. */
  readonly tooMuch: CeilingStep
}

/**
 * More and more channels through one Redis, until something is lost; then the number of channels in
 * between.
 */
export async function findCeiling(followers: number): Promise<Ceiling> {
  await using redis = await startRedisForTests({ isPrivate: true })
  await using publisher = await startEndpoint('publisher', redis)
  await using others = new AsyncDisposableStack()
  const endpoints: Endpoint[] = []
  for (let index = 0; index < followers; index++)
    endpoints.push(others.use(await startEndpoint(`follower-${index}`, redis)))

  const play = (channels: number) => playStep({ redis, publisher, followers: endpoints, channels })
  let best = await play(1)
  let tooMuch: CeilingStep | undefined
  for (let channels = FIRST_CHANNELS; tooMuch === undefined; channels *= 2) {
    const step = await play(channels)
    if (step.lost > 0) tooMuch = step
    else best = step
  }
  while (tooMuch.channels - best.channels > Math.max(1, best.channels * CLOSE)) {
    const step = await play(Math.round((best.channels + tooMuch.channels) / 2))
    if (step.lost > 0) tooMuch = step
    else best = step
  }
  return { best, tooMuch }
}

async function playStep(parts: {
  readonly redis: RedisForTests
  readonly publisher: Endpoint
  readonly followers: readonly Endpoint[]
  readonly channels: number
}): Promise<CeilingStep> {
  const { redis, publisher, followers, channels } = parts
  const all = [publisher, ...followers]
  await publisher.ask({ do: 'begin', channels })
  for (const follower of followers) await follower.ask({ do: 'begin', channels })
  // Nothing but ticks flows until everyone follows.
  const areFollowed = async () => (await publisher.ask({ do: 'count' })).followers === followers.length
  await eventually('all channels are followed', areFollowed, { deadlineMs: 30_000 })
  await publisher.ask({ do: 'send', bitsPerSecond: BITS_PER_SECOND, ms: WARM_UP_MS })
  const before = await Promise.all(all.map((endpoint) => endpoint.ask({ do: 'count' })))
  const redisBefore = await redisCpuSeconds(redis)
  const startedAt = performance.now()
  await publisher.ask({ do: 'send', bitsPerSecond: BITS_PER_SECOND, ms: MEASURED_MS })
  const seconds = (performance.now() - startedAt) / 1000
  const redisCpu = ((await redisCpuSeconds(redis)) - redisBefore) / seconds
  // Messages in flight arrive, or are given up.
  await sleep(1_000)
  const after = await Promise.all(all.map((endpoint) => endpoint.ask({ do: 'count' })))
  for (const endpoint of all) await endpoint.ask({ do: 'end' })
  const grown = (key: keyof EndpointCount) => all.map((_, index) => after[index]![key] - before[index]![key])
  const [publisherCpu = 0, ...followerCpus] = grown('cpuSeconds')
  return {
    channels,
    mediaMbits: (Math.min(...grown('bytes').slice(1)) * 8) / 1e6 / seconds,
    lost: grown('lost').reduce((sum, lost) => sum + lost, 0),
    redisCpu,
    publisherCpu: publisherCpu / seconds,
    followerCpu: Math.max(...followerCpus) / seconds,
  }
}

type Endpoint = { ask(order: EndpointOrder): Promise<EndpointCount>; [Symbol.asyncDispose](): Promise<void> }

async function startEndpoint(name: string, redis: RedisForTests): Promise<Endpoint> {
  const role = name.split('-')[0]!
  const child: ChildProcess = fork(RELAY_ENDPOINT, [role, redis.url, name], { execArgv: process.execArgv })
  await once(child, 'message')
  return {
    async ask(order) {
      child.send(order)
      const [answer] = await once(child, 'message')
      return answer as EndpointCount
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function redisCpuSeconds(redis: RedisForTests): Promise<number> {
  const info = String(await redis.command('INFO', 'cpu'))
  const read = (field: string) => Number(new RegExp(`${field}:([\\d.]+)`).exec(info)?.[1] ?? Number.NaN)
  return read('used_cpu_sys') + read('used_cpu_user')
}
