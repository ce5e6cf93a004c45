import type { AppNumbers, CatalogChannel, CatalogReader } from '@kptv/catalog'
import { channelKey } from '@kptv/playlist'
import { LRUCache } from 'lru-cache'
import { createBoundedQueue } from '../../rendered/bounded-queue.ts'
import { createViewFilter, type ViewSight } from '../../rendered/channel-view.ts'
import { type LineupChannel, lineupOf, MAX_CHANNELS, numberOf } from './lineup.ts'

/** What a device offers, as of one generation of the catalogue. */
export type Device = {
  readonly channels: readonly LineupChannel[]
  /** Of all streams of its channels. */
  readonly sourceIds: ReadonlySet<string>
}

/** A profile is a group; `undefined`: all groups. */
type DeviceView = { readonly profile: string | undefined; readonly sight: ViewSight | undefined }

export type Devices = {
  /**
   * `undefined` before the first import. Throws when Redis is away and the device is not in memory,
   * and `QueueFullError` when too many others wait.
   */
  find(view: DeviceView): Promise<Device | undefined>
}

type DevicesOptions = {
  readonly catalog: Pick<CatalogReader, 'currentGeneration' | 'channelsInOrder'>
  readonly numbers: Pick<AppNumbers, 'numbersOf'>
}

const MAX_KEPT = 64
/** Each reads the catalogue until its device is full. */
const READS = { concurrency: 1, maxPending: 16 }

/** Devices in memory, each read once per generation. While Redis is away the last one is served. */
export function createDevices({ catalog, numbers }: DevicesOptions): Devices {
  const queue = createBoundedQueue(READS)
  const known = new LRUCache<string, { readonly generation: number; readonly device: Promise<Device> }>({
    max: MAX_KEPT,
  })

  async function read(generation: number, { profile: group, sight }: DeviceView): Promise<Device> {
    const isWanted = createViewFilter({
      base: '',
      kinds: ['live'],
      ...(group === undefined ? {} : { group: channelKey(group) }),
      ...(sight === undefined ? {} : { sight }),
    })
    const channels: CatalogChannel[] = []
    for await (const channel of catalog.channelsInOrder(generation)) {
      if (isWanted(channel)) channels.push(channel)
      if (channels.length === MAX_CHANNELS) break
    }
    const unnumbered = channels.filter((channel) => numberOf(channel) === undefined)
    const lasting = await numbers.numbersOf(unnumbered.map(({ id }) => `channel:${id}` as const))
    return {
      channels: lineupOf(channels, lasting),
      sourceIds: new Set(channels.flatMap(({ streams }) => streams.map(({ sourceId }) => sourceId))),
    }
  }

  return {
    async find(view) {
      const key = JSON.stringify([view.profile ?? null, view.sight?.key ?? null])
      const before = known.get(key)
      const generation = await catalog.currentGeneration().catch((error: unknown) => {
        if (before === undefined) throw error
        return before.generation
      })
      if (generation === undefined) return before?.device
      if (before?.generation === generation) return before.device
      const device = queue
        .run(() => read(generation, view))
        .catch((error: unknown) => {
          if (known.peek(key)?.device === device) known.delete(key)
          throw error
        })
      known.set(key, { generation, device })
      return device.catch((error: unknown) => {
        if (before === undefined) throw error
        known.set(key, before)
        return before.device
      })
    },
  }
}
