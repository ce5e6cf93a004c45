import { eventually } from '@kptv/testkit'
import type { Cluster, EdgeNode } from './start-cluster.ts'

type RedisTraffic = {
  /** Of the segments that came meanwhile. */
  readonly mediaBytes: number
  /** From the nodes, and to them. */
  readonly inBytes: number
  readonly outBytes: number
}

/** As players do: a node that does not lead reads the list in Redis for each request. */
const POLL_MS = 1_000

/**
 * What goes through Redis while so many segments of a channel come, and these nodes serve a player.
 *
 * @param media path of the player's media playlist
 */
export async function redisTrafficOf(
  cluster: Pick<Cluster, 'redis'>,
  edges: readonly EdgeNode[],
  { media, segments }: { readonly media: string; readonly segments: number },
): Promise<RedisTraffic> {
  const [first] = edges
  const newest = async ({ url }: EdgeNode): Promise<number> => {
    const playlist = await (await fetch(url + media)).text()
    return Math.max(0, ...[...playlist.matchAll(/^(\d+)\.ts$/gm)].map(([, number]) => Number(number)))
  }
  const bytesOf = async (number: number): Promise<number> => {
    const { headers } = await fetch(first!.url + media.replace('live.m3u8', `${number}.ts`), { method: 'HEAD' })
    return Number(headers.get('content-length'))
  }
  const from = await newest(first!)
  const before = await countBytes(cluster)
  let to = from
  const haveCome = async () => {
    to = Math.min(...(await Promise.all(edges.map(newest))))
    return to >= from + segments
  }
  await eventually(`${segments} segments have come`, haveCome, { deadlineMs: 60_000, everyMs: POLL_MS })
  const after = await countBytes(cluster)
  const lengths = await Promise.all(Array.from({ length: to - from }, (_, index) => bytesOf(from + 1 + index)))
  return {
    mediaBytes: lengths.reduce((sum, length) => sum + length, 0),
    inBytes: after.inBytes - before.inBytes,
    outBytes: after.outBytes - before.outBytes,
  }
}

async function countBytes({ redis }: Pick<Cluster, 'redis'>): Promise<Omit<RedisTraffic, 'mediaBytes'>> {
  const stats = String(await redis.command('INFO', 'stats'))
  const read = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1])
  return { inBytes: read('total_net_input_bytes'), outBytes: read('total_net_output_bytes') }
}
