import { expect, test } from '@jest/globals'
import { panelMovieInfo } from './movie-address.ts'
import { readPanelMovie } from './panel-movie.ts'

const NOTHING = { plot: '', cast: '', director: '', genre: '', releaseDate: '', rating: '', durationSeconds: 0 }

test.each<[string, object, object]>([
  [
    'all facts',
    { plot: 'A heist', releasedate: '1995-12-15', duration_secs: 10_200, rating: 8.3 },
    {
      plot: 'A heist',
      releaseDate: '1995-12-15',
      rating: '8.3',
      durationSeconds: 10_200,
    },
  ],
  [
    'other names',
    { description: 'A heist', actors: 'A, B', release_date: '1995', duration_secs: '60' },
    {
      plot: 'A heist',
      cast: 'A, B',
      releaseDate: '1995',
      durationSeconds: 60,
    },
  ],
  ['a duration as a clock shows it', { duration: '02:50:00' }, { durationSeconds: 10_200 }],
  ['null and objects', { plot: null, cast: {}, genre: ['Drama'], rating: '', duration: 'long' }, {}],
  ['addresses of the provider', { plot: 'See http://tv.example/u/p here' }, { plot: 'See  here' }],
])('%s', (_, info, expected) => {
  expect(readPanelMovie({ info, movie_data: {} })).toEqual({ ...NOTHING, ...expected })
})

test.each([undefined, null, 'text', [], {}, { info: [] }, { info: null }, { user_info: { auth: 0 } }])(
  '%j is not a movie',
  (answer) => expect(readPanelMovie(answer)).toBeUndefined(),
)

test.each([
  [
    'http://h:80/panel/movie/{secret-1}/{secret-2}/5.mkv',
    'http://h:80/panel/player_api.php?username={secret-1}&password={secret-2}&action=get_vod_info&vod_id=5',
  ],
  [
    'https://h/movie/a+b/p&q/7.mp4',
    'https://h/player_api.php?username=a%2Bb&password=p%26q&action=get_vod_info&vod_id=7',
  ],
  ['http://h/movie/heat.mp4', undefined],
  ['http://h/series/u/p/5.mkv', undefined],
  ['http://h/movie/u/p/5.mkv?x=1', undefined],
])('%s is described at %s', (address, expected) => {
  expect(panelMovieInfo(address)).toBe(expected)
})
