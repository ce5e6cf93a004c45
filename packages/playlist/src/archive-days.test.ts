import { expect, test } from '@jest/globals'
import { archiveDays } from './archive-days.ts'
import type { Attributes } from './attributes.ts'

test.each<[Attributes, number]>([
  [[], 0],
  [[['catchup-days', '7']], 7],
  [[['Catchup_Days', ' 3 ']], 3],
  [[['timeshift', '2']], 2],
  [[['tvg-rec', '5']], 5],
  [[['tv_archive_duration', '4']], 4],
  [
    [
      ['tvg-rec', '1'],
      ['catchup-days', '14'],
      ['timeshift', '3'],
    ],
    14,
  ],
  [[['catchup', 'default']], 0],
  [[['catchup-source', '7']], 0],
  [[['tvg-rec', '0']], 0],
  [[['tvg-rec', '']], 0],
  [[['tvg-rec', '-3']], 0],
  [[['tvg-rec', '2.5']], 0],
  [[['tvg-rec', 'yes']], 0],
  [[['timeshift', '168']], 0],
  [
    [
      ['timeshift', '168'],
      ['catchup-days', '7'],
    ],
    7,
  ],
])('%j: %i days', (attributes, expected) => {
  expect(archiveDays(attributes)).toBe(expected)
})
