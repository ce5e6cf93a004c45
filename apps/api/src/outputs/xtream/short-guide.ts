import type { GuideProgramme } from '@kptv/contract'
import { xtreamTime } from './login-answer.ts'

type ShortGuideFacts = {
  readonly channelNumber: number
  readonly guideId: string
  /** How far back the channel can be played. */
  readonly archiveDays: number
  readonly nowMs: number
}

/** The programmes of one channel as `get_short_epg` and `get_simple_data_table` list them. */
export function shortGuide(
  programmes: readonly GuideProgramme[],
  { channelNumber, guideId, archiveDays, nowMs }: ShortGuideFacts,
): { readonly epg_listings: readonly object[] } {
  return {
    epg_listings: programmes.map(({ start, stop, title, description = '', subTitle }) => {
      const [startMs, stopMs] = [Date.parse(start), Date.parse(stop)]
      const startS = Math.floor(startMs / 1000)
      return {
        id: `${channelNumber}${startS}`,
        epg_id: String(channelNumber),
        title: base64(subTitle === undefined ? title : `${title}: ${subTitle}`),
        lang: '',
        start: xtreamTime(startMs),
        end: xtreamTime(stopMs),
        description: base64(description),
        channel_id: guideId,
        start_timestamp: String(startS),
        stop_timestamp: String(Math.floor(stopMs / 1000)),
        now_playing: startMs <= nowMs && nowMs < stopMs ? 1 : 0,
        has_archive: startMs < nowMs && startMs >= nowMs - archiveDays * DAY_MS ? 1 : 0,
      }
    }),
  }
}

const DAY_MS = 86_400_000

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
