import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type MadePanel = {
  /** For a sources file. */
  readonly url: string
  /** `player_api.php` with the login. */
  [Symbol.asyncDispose](): Promise<void>
}

type PanelSize = { readonly live: number; readonly movies: number; readonly series: number }

const CATEGORIES = 400
const PIECE_LENGTH = 64 * 1024

/** An Xtream panel with made-up lists of any size, written while they are sent. */
export async function startMadePanel({ live, movies, series }: PanelSize): Promise<MadePanel> {
  const lists: Readonly<Record<string, () => Iterable<object>>> = {
    get_live_categories: () => items(CATEGORIES, categoryOf),
    get_vod_categories: () => items(CATEGORIES, categoryOf),
    get_series_categories: () => items(CATEGORIES, categoryOf),
    get_live_streams: () => items(live, channelOf),
    get_vod_streams: () => items(movies, movieOf),
    get_series: () => items(series, seriesOf),
  }
  const server = createServer((request, response) => {
    const action = new URL(request.url ?? '/', 'http://panel').searchParams.get('action')
    const list = action === null ? undefined : lists[action]
    response.setHeader('Content-Type', 'application/json')
    if (list !== undefined) return void sendList(response, list())
    response.end(JSON.stringify({ user_info: { auth: 1, status: 'Active', max_connections: '1', active_cons: '0' } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://bench-viewer:x7Kq2mW9@127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function* items(count: number, itemOf: (place: number) => object): Generator<object> {
  for (let place = 1; place <= count; place++) yield itemOf(place)
}

async function sendList(response: ServerResponse, list: Iterable<object>): Promise<void> {
  let piece = '['
  let separator = ''
  for (const item of list) {
    piece += separator + JSON.stringify(item)
    separator = ','
    if (piece.length < PIECE_LENGTH) continue
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve))
    piece = ''
  }
  response.end(`${piece}]`)
}

const categoryOf = (place: number): object => ({
  category_id: String(place),
  category_name: `Category ${place}`,
  parent_id: 0,
})
const common = (place: number) => ({
  num: place,
  added: '1700000000',
  category_id: String(1 + (place % CATEGORIES)),
  custom_sid: '',
  direct_source: '',
})
const channelOf = (place: number): object => ({
  ...common(place),
  name: `UK: Channel ${place} HD`,
  stream_type: 'live',
  stream_id: 1_000_000 + place,
  stream_icon: `http://logos.example/images/channels/${place}.png`,
  epg_channel_id: `channel${place}.uk`,
  tv_archive: place % 5 === 0 ? 1 : 0,
  tv_archive_duration: '3',
})
const movieOf = (place: number): object => ({
  ...common(place),
  name: `A movie of the year ${1950 + (place % 75)} (${place})`,
  stream_type: 'movie',
  stream_id: 2_000_000 + place,
  stream_icon: `http://logos.example/images/movies/${place}.jpg`,
  rating: '7.1',
  container_extension: 'mkv',
})
const seriesOf = (place: number): object => ({
  ...common(place),
  name: `A series with a long name ${place}`,
  series_id: 3_000_000 + place,
  cover: `http://logos.example/images/series/${place}.jpg`,
  plot: 'A family moves to the country, and things are not what they seem. '.repeat(3),
})
