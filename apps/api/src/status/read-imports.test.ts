import { expect, test } from '@jest/globals'
import type { SourceState } from '@kptv/catalog'
import { readImports } from './read-imports.ts'

const STATES: Readonly<Record<string, Partial<SourceState>>> = {
  a: { state: 'importing', progress: 1_200 },
  b: { state: 'importing' },
  c: { state: 'failed' },
  d: { state: 'ok', entries: 5_000 },
}
const lists = { state: async (id: string) => STATES[id] as SourceState }

test('counts running and failed imports, with the entries read so far', async () => {
  const sources = Object.keys(STATES).map((id) => ({ id }))
  expect(await readImports(sources, lists)).toEqual({ sources: 4, running: 2, failed: 1, entries: 1_200 })
  expect(await readImports([], lists)).toEqual({ sources: 0, running: 0, failed: 0, entries: 0 })
})
