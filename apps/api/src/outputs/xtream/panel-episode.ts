import type { CatalogChannel } from '@kptv/catalog'
import { type PanelEpisode, panelEpisode } from '@kptv/playlist'

/** Names an episode that only a panel lists: apps know it by the number of this text. */
type EpisodeThing = `episode:${string}`

/** @param channel the whole series */
export function episodeThing(
  channel: Pick<CatalogChannel, 'id'>,
  streamId: string,
  episode: PanelEpisode,
): EpisodeThing {
  return `episode:${channel.id}/${streamId}/${episode.id}.${episode.extension}`
}

/** The series that an episode belongs to, if the text names one. */
export function seriesOfThing(thing: string): string | undefined {
  return EPISODE.exec(thing)?.[1]
}

/** The episode as a channel with one stream; `undefined` when its source is gone. */
export function episodeChannel(thing: string, series: CatalogChannel): CatalogChannel | undefined {
  const [, , streamId, id, extension = ''] = EPISODE.exec(thing) ?? []
  const stream = series.streams.find((one) => one.id === streamId)
  const url = stream && panelEpisode(stream.url, Number(id), extension)
  if (url === undefined || stream === undefined) return undefined
  return { ...series, id: `${series.id}-${id}`, streams: [{ ...stream, id: `${stream.id}-${id}`, url }] }
}

const EPISODE = /^episode:([0-9a-f]{16})\/([^/]+)\/(\d+)\.([a-z0-9]{1,5})$/
