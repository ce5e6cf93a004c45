import { expect, test } from '@jest/globals'
import { findCrowdedFolders } from './find-crowded-folders.ts'

const edgeFile = (path: string, lines: number) => ({ path: `apps/api/src/${path}`, text: 'x\n'.repeat(lines) })
const FIVE = ['a', 'b', 'c', 'd', 'e'].map((folder) => edgeFile(`${folder}/x.ts`, 20))

test('a fifth of the edge is not too much for a folder', () => {
  expect(findCrowdedFolders(FIVE)).toEqual([])
})

test('a folder with more than a fifth of the edge is named, whatever its subfolders contain', () => {
  const crowded = findCrowdedFolders([...FIVE, edgeFile('b/inner/y.ts', 9)])
  expect(crowded).toEqual(['apps/api/src/b holds 29 of 109 lines: make it two folders'])
})

test('neither tests nor other parts count', () => {
  const tests = edgeFile('b/x.test.ts', 500)
  const other = { path: 'apps/worker/src/b/x.ts', text: 'x\n'.repeat(500) }
  expect(findCrowdedFolders([...FIVE, tests, other])).toEqual([])
})
