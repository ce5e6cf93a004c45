import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Test files that take longest, though most of them are small: they mostly wait. Whatever begins
 * last must be short, or all other workers wait for it.
 */
const LONGEST = [
  'test/cluster/partitions.cluster.test.ts',
  'test/cluster/relay.cluster.test.ts',
  'test/cluster/hls.cluster.test.ts',
  'test/cluster/soak.cluster.test.ts',
  'test/cluster/hand-over.cluster.test.ts',
  'test/cluster/import.cluster.test.ts',
  'test/cluster/npm-start.cluster.test.ts',
  'test/cluster/topologies-redis-cluster.cluster.test.ts',
  'test/cluster/zapping.cluster.test.ts',
  'test/cluster/real-media.cluster.test.ts',
  'packages/coordination/src/redis-cluster-contract.redis.test.ts',
  'apps/worker/src/worker.redis.test.ts',
  'apps/api/src/supervisor/supervisor.redis.test.ts',
  'packages/coordination/src/warm-up/warm-up.redis.test.ts',
  'apps/api/src/supervisor/shared-port.redis.test.ts',
  'packages/coordination/src/sentinel.redis.test.ts',
  'packages/relay/src/redis-cluster-lanes.redis.test.ts',
]

type TestFile = { readonly path: string; readonly context: { readonly config: { readonly rootDir: string } } }

/** The order in which jest runs test files: the longest first, then by size as it would itself. */
export default class LongestFirst {
  sort<File extends TestFile>(files: readonly File[]): File[] {
    const [first] = files
    if (first === undefined) return []
    const { rootDir } = first.context.config
    const ranks = new Map(LONGEST.map((name, rank) => [join(rootDir, name), rank]))
    for (const path of ranks.keys()) if (!existsSync(path)) throw new Error(`longest-first.ts names ${path}`)
    const sized = files.map((file) => ({ file, bytes: statSync(file.path).size }))
    const rankOf = ({ path }: TestFile) => ranks.get(path) ?? LONGEST.length
    sized.sort((one, other) => rankOf(one.file) - rankOf(other.file) || other.bytes - one.bytes)
    return sized.map(({ file }) => file)
  }

  shard<File>(files: readonly File[]): readonly File[] {
    return files
  }

  allFailedTests<File>(files: readonly File[]): readonly File[] {
    return files
  }

  cacheResults(): void {}
}
