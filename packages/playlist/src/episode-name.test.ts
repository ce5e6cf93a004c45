import { expect, test } from '@jest/globals'
import { isEpisodeName, readEpisode } from './episode-name.ts'

test.each<[string, string, number, number, string]>([
  ['Dark S01E02', 'Dark', 1, 2, ''],
  ['Dark - S1 E2 - Lies', 'Dark', 1, 2, 'Lies'],
  ['DE | Dark (2017) s02.e10: Alpha', 'DE | Dark (2017)', 2, 10, 'Alpha'],
  ['Dark.S01EP03.1080p', 'Dark', 1, 3, '1080p'],
  ['Dark 1x02 Lies', 'Dark', 1, 2, 'Lies'],
  ['Сваты S07E12', 'Сваты', 7, 12, ''],
  ['S01E01', 'S01E01', 1, 1, ''],
  ['Long Soap S12E1042', 'Long Soap', 12, 1042, ''],
])('%s', (name, show, season, episode, title) => {
  expect(isEpisodeName(name)).toBe(true)
  expect(readEpisode(name)).toEqual({ show, season, episode, title })
})

test.each(['Heat', 'Apollo 13', 'S1m0ne', 'Area 51E', '1920x1080'])('%s is not an episode', (name) => {
  expect(isEpisodeName(name)).toBe(false)
  expect(readEpisode(name)).toEqual({ show: name, season: 1, episode: 1, title: '' })
})
