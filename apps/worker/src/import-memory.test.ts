import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from '@jest/globals'
import { createM3uParser } from '@kptv/playlist'
import { createEntrySealer } from './entry-sealer.ts'
import { createListFigures } from './list-figures.ts'

const SLICES = 2_000
const ENTRIES_OF_SLICE = 50

test('memory does not grow with a list, even with thousands of groups and logins', () => {
  const parser = createM3uParser()
  const figures = createListFigures()
  const sealer = createEntrySealer({ id: 's1', url: 'http://h.example/get.php?username=u&password=p', secrets: [] })
  const before = usedHeapBytes()
  for (let number = 0; number < SLICES; number++) {
    const slice = sliceOf(number)
    const parsed = parser.push(slice)
    figures.add(parsed)
    for (const entry of parsed) sealer.sealEntry(entry)
  }
  const grownBytes = usedHeapBytes() - before
  expect(figures.entries).toBe(SLICES * ENTRIES_OF_SLICE)
  expect(figures.read(false, String).groups.size).toBe(SLICES)
  // A tenth of the list.
  expect(grownBytes).toBeLessThan(3_000_000)
})

/** About 16 KB, in its own group and with its own login. */
function sliceOf(number: number): Buffer {
  const entry = (index: number) =>
    `#EXTINF:-1 tvg-id="channel-${index}.example" tvg-logo="http://h.example/logos/${'x'.repeat(100)}.png" group-title="A group with a long name ${number}",Channel ${index}\n` +
    `http://h.example/live/viewer-number-${number}/password-of-${number}/${index}.ts\n`
  return Buffer.from(Array.from({ length: ENTRIES_OF_SLICE }, (_, index) => entry(index)).join(''))
}

function usedHeapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
