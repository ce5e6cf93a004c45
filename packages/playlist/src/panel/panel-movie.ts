import { countOf, describedText, panelItem, textOf } from './panel-fields.ts'

/** What a panel knows about a movie. */
export type PanelMovie = {
  readonly plot: string
  readonly cast: string
  readonly director: string
  readonly genre: string
  readonly releaseDate: string
  readonly rating: string
  readonly durationSeconds: number
}

/** The answer to `get_vod_info`; undefined when it says nothing about a movie. */
export function readPanelMovie(answer: unknown): PanelMovie | undefined {
  const info = panelItem(panelItem(answer)?.info)
  if (info === undefined) return undefined
  return {
    plot: describedText(info.plot ?? info.description),
    cast: describedText(info.cast ?? info.actors),
    director: describedText(info.director),
    genre: describedText(info.genre),
    releaseDate: describedText(info.releasedate ?? info.releaseDate ?? info.release_date),
    rating: describedText(info.rating),
    durationSeconds: countOf(info.duration_secs) ?? secondsOf(textOf(info.duration)),
  }
}

/** `01:30:00`; 0 for anything else. */
function secondsOf(clock: string): number {
  const [, hours, minutes, seconds] = /^(\d{1,3}):(\d\d):(\d\d)$/.exec(clock) ?? []
  return hours === undefined ? 0 : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}
