import { availableParallelism, type as systemType } from 'node:os'
import type { Settings } from '@kptv/config'
import type { AdminSettings } from '@kptv/contract'

type NodeSettingsOptions = {
  readonly settings: Pick<Settings, 'nodeId' | 'shown'>
  readonly version: string
  readonly incarnation: () => string
  readonly startedAtMs: number
  readonly ffmpeg: object | undefined
  /** Throws when Redis is away. */
  readonly redisVersion: () => Promise<string | undefined>
}

/** @returns what this edge is, and how it is set up, without secrets */
export function createNodeSettings(options: NodeSettingsOptions): () => Promise<AdminSettings> {
  const { settings, version, incarnation, startedAtMs: startedAt, ffmpeg, redisVersion } = options
  return async () => ({
    node: {
      name: settings.nodeId,
      version,
      incarnation: incarnation(),
      startedAt,
      program: `Node.js ${process.versions.node}`,
      system: `${systemType()} ${process.arch}`,
      processors: availableParallelism(),
      memoryBytes: process.memoryUsage.rss(),
      ffmpeg: ffmpeg === undefined ? 'missing' : 'found',
      redis: (await redisVersion().catch(() => undefined)) ?? null,
    },
    settings: settings.shown,
  })
}
