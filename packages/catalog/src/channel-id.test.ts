import { expect, test } from '@jest/globals'
import { channelId, streamId } from './channel-id.ts'

test('ids never change: links and bookmarks depend on them for years', () => {
  expect(channelId('news')).toBe('19fba0e995b9794f')
  expect(streamId('s1-aa', 'live:123')).toBe('bc4e47fed8bd8ebf')
})

test('source and identity are kept apart', () => {
  expect(streamId('a', 'b')).not.toBe(streamId('ab', ''))
})
