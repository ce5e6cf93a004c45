import { expect, test } from '@jest/globals'
import { type ImportFacts, judgeImport } from './import-guard.ts'

test.each<[ImportFacts, string]>([
  [{ entries: 1, complete: true }, 'accepted'],
  [{ previousEntries: 0, entries: 1, complete: true }, 'accepted'],
  [{ previousEntries: 1000, entries: 500, complete: true }, 'accepted'],
  [{ previousEntries: 1000, entries: 499, complete: true }, 'shrunk'],
  [{ previousEntries: 1000, entries: 5000, complete: true }, 'accepted'],
  [{ entries: 0, complete: true }, 'empty'],
  [{ previousEntries: 1000, entries: 0, complete: true }, 'empty'],
  [{ previousEntries: 1000, entries: 1000, complete: false }, 'cut-off'],
  [{ entries: 7, complete: true, notAPlaylist: 'hls-media-playlist' }, 'not-a-playlist'],
  [{ previousEntries: 1000, entries: 0, complete: true, notAPlaylist: 'html' }, 'not-a-playlist'],
])('%j: %s', (facts, expected) => {
  const verdict = judgeImport(facts)
  expect(verdict.accepted ? 'accepted' : verdict.reason).toBe(expected)
  if (!verdict.accepted) expect(verdict.message).not.toBe('')
})
