import { expect, test } from '@jest/globals'
import { guideStatus } from '@kptv/contract'
import { describeGuide, type GuideParts } from './guide-facts.ts'

const info = { builtAt: '2026-01-01T00:00:00Z', inputs: '', channels: 2, programmes: 80, matched: 3 }
const facts = {
  programmes: 100,
  matchedProgrammes: 80,
  channels: 3,
  lastStartMs: 1,
  matched: { 'tvg-id': 1, name: 1 },
  skipped: { 'programme-without-title': 4 },
}
const alarm = { code: 'guide-empty', message: 'guide refused: guide-empty', since: '2026-01-01T00:00:00Z' }

function parts(
  states: Record<string, Awaited<ReturnType<GuideParts['guideLists']['state']>>>,
  number?: number,
): GuideParts {
  return {
    guide: { current: async () => number, info: async () => info },
    guideLists: {
      names: async () => new Map(Object.keys(states).map((id) => [id, `name of ${id}`])),
      state: async (id) => states[id] ?? { state: 'waiting' },
    },
  }
}

test('each guide says how its channels were matched, what was left out, and what is wrong', async () => {
  const status = await describeGuide(
    parts(
      { good: { state: 'ok', fetchedAt: info.builtAt, facts, etag: '"secret"' }, bad: { state: 'failed', alarm } },
      1,
    ),
  )
  const { lastStartMs: _, ...shown } = facts
  expect(guideStatus.parse(status)).toEqual({
    builtAt: info.builtAt,
    matched: 3,
    withProgrammes: 2,
    programmes: 80,
    guides: [
      { id: 'good', name: 'name of good', state: 'ok', fetchedAt: info.builtAt, ...shown },
      { id: 'bad', name: 'name of bad', state: 'failed', alarm },
    ],
  })
})

test('before the first guide there are only the names', async () => {
  expect(guideStatus.parse(await describeGuide(parts({ new: { state: 'waiting' } })))).toEqual({
    guides: [{ id: 'new', name: 'name of new', state: 'waiting' }],
  })
})
