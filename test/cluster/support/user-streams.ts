import type { Cluster } from './start-cluster.ts'

/**
 * Ids of the channels that a user sees, by name.
 *
 * @param base `http://127.0.0.1:port/link/<token>`
 */
export async function channelIdsOf(base: string): Promise<Map<string, string>> {
  const list = await (await fetch(`${base}/playlist.m3u8`)).text()
  const entries = list.matchAll(/^#EXTINF:[^\n]*,([^\n]*)\n\S*\/stream\/([0-9a-f]{16})\.ts$/gm)
  return new Map([...entries].map(([, name, id]) => [name!, id!]))
}

/** The path of the first movie that a user sees, without a login. */
export async function moviePathOf(base: string): Promise<string> {
  const list = await (await fetch(`${base}/playlist.m3u8?kinds=movie`)).text()
  return /\/stream\/[0-9a-f]{16}\.mp4$/m.exec(list)![0]
}

/** Streams of a user that have not expired, by the clock of Redis. */
export async function countLeases({ redis }: Pick<Cluster, 'redis'>, user: string): Promise<number> {
  const [seconds, microseconds] = (await redis.command('TIME')) as [string, string]
  const nowMs = `${seconds}${microseconds.padStart(6, '0').slice(0, 3)}`
  return Number(await redis.command('ZCOUNT', `kptv:0:{user:${user}}:streams`, nowMs, '+inf'))
}
