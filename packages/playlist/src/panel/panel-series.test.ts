import { expect, test } from '@jest/globals'
import { readPanelSeries } from './panel-series.ts'
import { isPanelSeries, panelEpisode } from './series-address.ts'

const info = {
  plot: 'A plot, see http://tv.example/x',
  cast: null,
  genre: 'Drama',
  releaseDate: '2017-12-01',
  rating: 8.7,
}
const numbersOf = (episodes: unknown) =>
  readPanelSeries({ info, episodes })?.episodes.map(({ id, season, episode, extension }) => [
    id,
    season,
    episode,
    extension,
  ])

test('a series with its facts, without the addresses in them', () => {
  expect(readPanelSeries({ info, episodes: {} })).toEqual({
    plot: 'A plot, see ',
    cast: '',
    director: '',
    genre: 'Drama',
    releaseDate: '2017-12-01',
    rating: '8.7',
    episodes: [],
  })
})

test.each<[string, unknown]>([
  [
    'seasons by number',
    { 1: [{ id: '7', episode_num: 1, container_extension: 'MKV' }], 2: [{ id: 8, episode_num: '3', season: 2 }] },
  ],
  [
    'seasons as a list',
    [[{ id: '7', episode_num: 1, season: 1, container_extension: '.mkv' }], [{ id: 8, episode_num: 3, season: '2' }]],
  ],
  [
    'episodes in one list',
    [
      { id: '7', season: 1, container_extension: 'mkv' },
      { id: 8, season: 2, episode_num: 3 },
    ],
  ],
  ['a season as an object', { 1: { 0: { id: '7', container_extension: 'mkv' } }, 2: { 5: { id: 8, episode_num: 3 } } }],
])('%s', (_, episodes) => {
  expect(numbersOf(episodes)).toEqual([
    [7, 1, 1, 'mkv'],
    [8, 2, 3, 'mp4'],
  ])
})

test('items that are not episodes are left out', () => {
  expect(
    numbersOf({ 1: [null, 'x', { id: 'x' }, { episode_num: 1 }, { id: 3, container_extension: '../etc' }] }),
  ).toEqual([[3, 1, 5, 'mp4']])
})

test.each([undefined, null, [], 'text', {}, { user_info: { auth: 0 } }])('%j is not a series', (answer) => {
  expect(readPanelSeries(answer)).toBeUndefined()
})

test('finds where an episode plays, even while the login is sealed', () => {
  const series =
    'http://h:80/panel/player_api.php?username={secret-1}&password={secret-2}&action=get_series_info&series_id=5'
  expect(isPanelSeries(series)).toBe(true)
  expect(panelEpisode(series, 7, 'mkv')).toBe('http://h:80/panel/series/{secret-1}/{secret-2}/7.mkv')
  expect(panelEpisode('http://h/series/u/p/7.mkv', 7, 'mkv')).toBeUndefined()
})
