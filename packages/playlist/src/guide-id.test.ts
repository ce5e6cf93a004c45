import { expect, test } from '@jest/globals'
import { isGuideId } from './guide-id.ts'

test.each(['bbc1.uk', '1', '101', 'Nova', 'no.1', 'NoLimit', 'a', 'zero'])('%j is an id', (id) => {
  expect(isGuideId(id)).toBe(true)
})

test.each(['', ' ', '0', '000', '-', '--', 'n/a', 'NA', 'null', 'None', ' none ', 'no-epg', 'No EPG', 'no_tvg_id'])(
  '%j is a placeholder',
  (id) => {
    expect(isGuideId(id)).toBe(false)
  },
)
