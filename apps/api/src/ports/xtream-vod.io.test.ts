import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { CatalogChannel, Numbered } from '@kptv/catalog'
import type { PanelMovie, PanelSeries } from '@kptv/playlist'
import { type PublicPort, startPublicPort } from '../../test-support/public-port.ts'
import { createUsersForTests, type UsersForTests, userNamed } from '../../test-support/users.ts'

const PANEL =
  'http://tv.example/player_api.php?username={secret-1}&password={secret-2}&action=get_series_info&series_id=5'

const channel = (place: number, name: string, url: string, group: string): CatalogChannel => ({
  id: place.toString(16).padStart(16, '0'),
  name,
  attributes: [['group-title', group]],
  streams: [{ id: `s${place}`, sourceId: 'tv-example', url, headers: [] }],
})
const CHANNELS = [
  channel(1, 'News', 'http://tv.example/live/u/p/1.ts', 'UK'),
  channel(2, 'Heat', 'http://tv.example/movie/u/p/2.mkv', 'Action'),
  channel(3, 'Alien', 'http://tv.example/alien.mp4', 'Action;Classics'),
  channel(4, 'Dark S01E02 Lies', 'http://tv.example/series/u/p/4.mkv', 'Drama'),
  channel(5, 'Dark S01E01', 'http://tv.example/series/u/p/5.mp4', 'Drama'),
  channel(6, 'Dark S02E01', 'http://tv.example/series/u/p/6.mp4', 'Drama'),
  channel(7, 'Lost', PANEL, 'Panel series'),
]
const LOST: PanelSeries = {
  plot: 'An island',
  cast: '',
  director: '',
  genre: 'Drama',
  releaseDate: '2004-09-22',
  rating: '8',
  episodes: [
    { id: 91, season: 1, episode: 1, title: 'Pilot', extension: 'mkv', plot: '', durationSeconds: 2_530 },
    { id: 92, season: 1, episode: 2, title: '', extension: 'mp4', plot: '', durationSeconds: 0 },
  ],
}

let users: UsersForTests
let port: PublicPort
let panel: PanelSeries | undefined = LOST
let movie: PanelMovie | undefined
/** Addresses of the streams that were to be played. */
const wanted: string[] = []
const things: Numbered[] = []

beforeAll(async () => {
  users = createUsersForTests([
    userNamed('anna'),
    userNamed('ben', { sees: { include: [], exclude: [{ field: 'kind', pattern: 'series' }] } }),
  ])
  const find = async (id: string) => CHANNELS.find((one) => one.id === id)
  port = await startPublicPort({
    access: users.access,
    catalog: {
      currentGeneration: async () => 1,
      channel: find,
      async *channelsInOrder() {
        yield* CHANNELS
      },
    },
    lookup: {
      async find(id) {
        const record = await find(id)
        return record === undefined ? { refused: 'unknown-channel' } : { channelId: id, record }
      },
      openSession: async () => ({ refused: 'internal-error' }),
    },
    numbers: {
      numbersOf: async (asked) =>
        asked.map((thing) => (things.includes(thing) ? things.indexOf(thing) + 1 : things.push(thing))),
      thingOf: async (number) => things[number - 1],
    },
    panelDetails: {
      series: async ({ url }) => (url === PANEL ? panel : undefined),
      movie: async ({ url }) => (url.endsWith('/2.mkv') ? movie : undefined),
    },
    playable: ({ streams }) => {
      wanted.push(...streams.map(({ url }) => url))
      return []
    },
  })
})
beforeEach(() => {
  panel = LOST
  movie = undefined
  wanted.length = 0
})
afterAll(async () => port[Symbol.asyncDispose]())

async function list<Item = Record<string, unknown>>(action: string, user = 'anna'): Promise<Item[]> {
  const response = await fetch(
    `${port.base}/player_api.php?username=${user}&password=${user}-password&action=${action}`,
  )
  return (await response.json()) as Item[]
}
const info = async (action: string, user?: string) =>
  (await list(action, user)) as unknown as Record<string, Record<string, unknown>>
const namesOf = (items: ReadonlyArray<Record<string, unknown>>) => items.map(({ name }) => name)
const categoriesOf = async (kind: string) =>
  (await list(`get_${kind}_categories`)).map(({ category_name: name }) => name)

describe('lists', () => {
  test('each kind has its own list, with its own categories', async () => {
    expect(namesOf(await list('get_live_streams'))).toEqual(['News'])
    expect(namesOf(await list('get_vod_streams'))).toEqual(['Heat', 'Alien'])
    expect(namesOf(await list('get_series'))).toEqual(['Dark', 'Lost'])
    expect(await categoriesOf('live')).toEqual(['UK'])
    expect(await categoriesOf('vod')).toEqual(['Action', 'Classics'])
    expect(await categoriesOf('series')).toEqual(['Drama', 'Panel series'])
  })

  test('movies have the types that apps expect, and the extension of their file', async () => {
    const [heat] = await list('get_vod_streams')
    expect(heat).toEqual({
      num: 1,
      name: 'Heat',
      stream_type: 'movie',
      stream_id: expect.any(Number),
      stream_icon: '',
      rating: '',
      rating_5based: 0,
      added: '0',
      is_adult: 0,
      category_id: expect.stringMatching(/^\d+$/),
      category_ids: [expect.any(Number)],
      container_extension: 'mkv',
      custom_sid: '',
      direct_source: '',
    })
  })

  test('a category lists only its own', async () => {
    const [, classics] = await list<{ readonly category_id: string }>('get_vod_categories')
    expect(await list(`get_vod_streams&category_id=${classics?.category_id}`)).toMatchObject([
      { name: 'Alien', num: 2 },
    ])
    const [, panels] = await list<{ readonly category_id: string }>('get_series_categories')
    expect(namesOf(await list(`get_series&category_id=${panels?.category_id}`))).toEqual(['Lost'])
  })

  test('users see only what they may see', async () => {
    expect(await list('get_series', 'ben')).toEqual([])
    expect(await list('get_series_categories', 'ben')).toEqual([])
    const [dark] = await list<{ readonly series_id: number }>('get_series')
    expect(await info(`get_series_info&series_id=${dark?.series_id}`, 'ben')).toMatchObject({ episodes: {} })
  })
})

describe('a movie', () => {
  test('is described as its panel describes it', async () => {
    movie = {
      plot: 'A heist',
      cast: 'A, B',
      director: 'C',
      genre: '',
      releaseDate: '1995-12-15',
      rating: '8.3',
      durationSeconds: 10_230,
    }
    const [heat] = await list<{ readonly stream_id: number }>('get_vod_streams')
    expect(await info(`get_vod_info&vod_id=${heat?.stream_id}`)).toMatchObject({
      info: {
        plot: 'A heist',
        description: 'A heist',
        cast: 'A, B',
        actors: 'A, B',
        director: 'C',
        genre: 'Action',
        releasedate: '1995-12-15',
        rating: '8.3',
        duration_secs: 10_230,
        duration: '02:50:30',
      },
    })
  })

  test('is described', async () => {
    const [heat] = await list<{ readonly stream_id: number }>('get_vod_streams')
    expect(await info(`get_vod_info&vod_id=${heat?.stream_id}`)).toMatchObject({
      info: { name: 'Heat', genre: 'Action', duration_secs: 0, backdrop_path: [] },
      movie_data: { stream_id: heat?.stream_id, container_extension: 'mkv' },
    })
  })

  test.each(['get_vod_info&vod_id=12345', 'get_vod_info', 'get_vod_info&vod_id=x'])(
    '%s matches no movie',
    async (action) => {
      expect(await info(action)).toEqual({ info: [], movie_data: [] })
    },
  )

  test('plays under its number in the list', async () => {
    const [heat] = await list<{ readonly stream_id: number }>('get_vod_streams')
    await fetch(`${port.base}/movie/anna/anna-password/${heat?.stream_id}.mkv`)
    expect(wanted).toEqual(['http://tv.example/movie/u/p/2.mkv'])
  })
})

describe('a series', () => {
  const seriesNamed = async (name: string) =>
    (await list<{ readonly name: string; readonly series_id: number }>('get_series')).find((one) => one.name === name)
      ?.series_id
  type Item = {
    readonly id: string
    readonly episode_num: number
    readonly title: string
    readonly container_extension: string
  }
  const episodesOf = async (name: string) =>
    (await info(`get_series_info&series_id=${await seriesNamed(name)}`)).episodes as Record<string, Item[]>

  test('from a list has its episodes by season, in order', async () => {
    const { seasons, info: facts } = await info(`get_series_info&series_id=${await seriesNamed('Dark')}`)
    expect(seasons).toMatchObject([
      { season_number: 1, episode_count: 2 },
      { season_number: 2, episode_count: 1 },
    ])
    expect(facts).toMatchObject({ name: 'Dark' })
    const { 1: first, 2: second } = await episodesOf('Dark')
    expect(first).toMatchObject([
      { episode_num: 1, title: 'Dark S01E01', container_extension: 'mp4' },
      { episode_num: 2, title: 'Lies', container_extension: 'mkv', id: expect.stringMatching(/^\d+$/) },
    ])
    await fetch(`${port.base}/series/anna/anna-password/${second?.[0]?.id}.mp4`)
    expect(wanted).toEqual(['http://tv.example/series/u/p/6.mp4'])
  })

  test('from a panel has the episodes that the panel lists', async () => {
    const { 1: episodes } = await episodesOf('Lost')
    expect(episodes).toMatchObject([
      { episode_num: 1, title: 'Pilot', container_extension: 'mkv', info: { duration: '00:42:10' } },
      { episode_num: 2, container_extension: 'mp4' },
    ])
    expect(await info(`get_series_info&series_id=${await seriesNamed('Lost')}`)).toMatchObject({
      info: { plot: 'An island', releaseDate: '2004-09-22' },
    })
    await fetch(`${port.base}/series/anna/anna-password/${episodes?.[0]?.id}.mkv`)
    expect(wanted).toEqual(['http://tv.example/series/{secret-1}/{secret-2}/91.mkv'])
  })

  test('from a panel that does not answer has no episodes, and is still a series', async () => {
    panel = undefined
    expect(await info(`get_series_info&series_id=${await seriesNamed('Lost')}`)).toMatchObject({
      info: { name: 'Lost' },
      episodes: {},
    })
  })

  test('its episodes play only for users who may see it', async () => {
    const { 1: episodes } = await episodesOf('Lost')
    const response = await fetch(`${port.base}/series/ben/ben-password/${episodes?.[0]?.id}.mkv`)
    expect([response.status, wanted]).toEqual([404, []])
  })
})
