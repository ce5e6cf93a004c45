import { parseJson } from './record-format.ts'

/** The sources and the contents of a generation. */
export type GenerationInfo = {
  readonly generation: number
  /** ISO 8601, UTC. */
  readonly builtAt: string
  readonly channels: number
  readonly streams: number
  /** Sealed, in order of sources; each belongs to the secrets of its source. */
  readonly epgUrls: ReadonlyArray<{ readonly sourceId: string; readonly url: string }>
  /** Version of the good list of each source that went in. */
  readonly inputs: Readonly<Record<string, number>>
  /** Channels of the sources file that no list has: ids or names. */
  readonly unmatched: readonly string[]
  /** Settings that shape a catalogue, as one text: if it changes, so does the catalogue. */
  readonly settings: string
}

/** Fields of the hash in Redis. */
export function encodeInfo(info: Omit<GenerationInfo, 'generation'>): Record<string, string> {
  return {
    builtAt: info.builtAt,
    channels: String(info.channels),
    streams: String(info.streams),
    epgUrls: JSON.stringify(info.epgUrls),
    inputs: JSON.stringify(info.inputs),
    ...(info.unmatched.length === 0 ? {} : { unmatched: JSON.stringify(info.unmatched) }),
    settings: info.settings,
  }
}

/** Undefined when the hash is missing or foreign. Never throws. */
export function decodeInfo(generation: number, hash: Record<string, string>): GenerationInfo | undefined {
  const { builtAt, settings } = hash
  const channels = Number(hash.channels)
  const streams = Number(hash.streams)
  if (builtAt === undefined || settings === undefined) return undefined
  if (!Number.isSafeInteger(channels) || !Number.isSafeInteger(streams)) return undefined
  const epgUrls = decodeEpgUrls(hash.epgUrls)
  const inputs = decodeInputs(hash.inputs)
  const unmatched = decodeNames(hash.unmatched)
  return { generation, builtAt, channels, streams, epgUrls, inputs, unmatched, settings }
}

function decodeEpgUrls(text: string | undefined): GenerationInfo['epgUrls'] {
  const value = parseJson(text)
  if (!Array.isArray(value)) return []
  return value.flatMap((item) =>
    typeof item?.sourceId === 'string' && typeof item.url === 'string'
      ? [{ sourceId: item.sourceId as string, url: item.url as string }]
      : [],
  )
}

function decodeNames(text: string | undefined): string[] {
  const value = parseJson(text)
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}

function decodeInputs(text: string | undefined): Record<string, number> {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return {}
  const pairs = Object.entries(value).filter(([, version]) => Number.isSafeInteger(version))
  return Object.assign(Object.create(null), Object.fromEntries(pairs)) as Record<string, number>
}
