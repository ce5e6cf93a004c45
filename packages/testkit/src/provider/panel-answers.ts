import type { ProviderAccount, ProviderEntry } from './provider-options.ts'

type PanelContext = {
  readonly account: ProviderAccount | undefined
  readonly entries: readonly ProviderEntry[]
  /** Streams of the account that are open now. */
  readonly open: number
  readonly action: string | null
  /** `series_id` of the request. */
  readonly series: string | null
}

/** What `player_api.php` answers, with the types that panels use. */
export function panelAnswer({ account, entries, open, action, series }: PanelContext): unknown {
  if (account === undefined) return { user_info: { auth: 0 } }
  const kind = action?.includes('series') ? 'series' : action?.includes('vod') ? 'movie' : 'live'
  const items = entries.filter((entry) => (entry.kind ?? 'live') === kind)
  const categories = [...new Set(items.map((entry) => attribute(entry, 'group-title')))]
  switch (action) {
    case 'get_live_categories':
    case 'get_vod_categories':
    case 'get_series_categories':
      return categories.map((name, index) => ({
        category_id: String(index + 1),
        category_name: name,
        parent_id: 0,
      }))
    case 'get_live_streams':
    case 'get_vod_streams':
      return items.map((entry, index) => panelItem(entry, index + 1, categories))
    case 'get_series':
      return seriesOf(items).map(([seriesId, [first]], index) => ({
        num: index + 1,
        series_id: Number(seriesId),
        name: first?.series?.name,
        cover: '',
        category_id: String(categories.indexOf(attribute(first!, 'group-title')) + 1),
      }))
    case 'get_series_info':
      return { info: { plot: 'A plot', genre: 'Drama' }, episodes: episodesOf(items, series) }
    case null:
      return login(account, open)
    default:
      return []
  }
}

function login({ user, password, limit, panel = {} }: ProviderAccount, open: number) {
  const { status = 'Active', expiresAtMs, maxConnections = limit } = panel
  return {
    user_info: {
      username: user,
      password,
      auth: status === 'Active' ? 1 : 0,
      status,
      exp_date: expiresAtMs === undefined ? null : String(Math.floor(expiresAtMs / 1000)),
      active_cons: String(open),
      max_connections: String(maxConnections),
    },
    server_info: { timezone: 'Europe/London', timestamp_now: Math.floor(Date.now() / 1000) },
  }
}

function panelItem(entry: ProviderEntry, number: number, categories: readonly string[]) {
  const { streamId, name, kind = 'live', extension } = entry
  const category = categories.indexOf(attribute(entry, 'group-title')) + 1
  const days = attribute(entry, 'catchup-days')
  const shared = {
    num: number,
    name,
    stream_type: kind,
    stream_id: Number(streamId),
    stream_icon: attribute(entry, 'tvg-logo'),
    added: '1500000000',
    category_id: String(category),
  }
  return kind === 'movie'
    ? { ...shared, container_extension: extension ?? 'mp4', rating: '7.1' }
    : {
        ...shared,
        epg_channel_id: attribute(entry, 'tvg-id') || null,
        tv_archive: days === '' ? 0 : 1,
        tv_archive_duration: days,
      }
}

function seriesOf(items: readonly ProviderEntry[]): Array<[id: string, episodes: ProviderEntry[]]> {
  return [...Map.groupBy(items, ({ series }) => series?.id ?? '')]
}

function episodesOf(items: readonly ProviderEntry[], wanted: string | null): Record<string, object[]> {
  const seasons: Record<string, object[]> = {}
  for (const { streamId, name, extension = 'mp4', series } of items) {
    if (series === undefined || series.id !== wanted) continue
    seasons[series.season] ??= []
    seasons[series.season]?.push({
      id: streamId,
      episode_num: series.episode,
      title: name,
      container_extension: extension,
      season: series.season,
      info: { duration_secs: 1_500 },
    })
  }
  return seasons
}

function attribute({ attributes = [] }: ProviderEntry, wanted: string): string {
  return attributes.find(([key]) => key === wanted)?.[1] ?? ''
}
