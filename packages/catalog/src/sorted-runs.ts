import { execOrThrow, type Redis } from '@kptv/redis'
import { parseJson } from './record-format.ts'

type Row = readonly unknown[]

/**
 * Sorts rows that are too many for memory: each run is sorted alone and stored in Redis, then all
 * runs are merged. Memory holds one run while it is sorted, and one page of each run while they are
 * merged.
 *
 * All functions throw when Redis does not answer, `merged` also when it has lost a part.
 */
export function createSortedRuns<Kind extends Row>(options: {
  readonly redis: Redis
  /** A hash of this name: field `<run>:<page>`, value JSON. */
  readonly key: string
  readonly compare: (first: Kind, second: Kind) => number
  readonly ttlMs: number
  readonly rowsPerPage?: number
}) {
  const { redis, key, compare, ttlMs, rowsPerPage = 100 } = options
  const pagesOfRun: number[] = []

  async function add(rows: readonly Kind[]): Promise<void> {
    if (rows.length === 0) return
    const run = pagesOfRun.length
    const sorted = rows.toSorted(compare)
    const pages: Array<string | Buffer> = []
    for (let start = 0; start < sorted.length; start += rowsPerPage) {
      pages.push(`${run}:${start / rowsPerPage}`, Buffer.from(JSON.stringify(sorted.slice(start, start + rowsPerPage))))
    }
    pagesOfRun.push(pages.length / 2)
    await execOrThrow(
      redis
        .pipeline()
        .hset(key, ...pages)
        .pexpire(key, ttlMs),
    )
  }

  async function readPages(fields: readonly string[]): Promise<Kind[][]> {
    if (fields.length === 0) return []
    const texts = await redis.hmget(key, ...fields)
    return texts.map((text) => {
      const rows = parseJson(text)
      if (!Array.isArray(rows) || rows.length === 0) throw new Error('Redis lost a part of the data being sorted')
      return rows as Kind[]
    })
  }

  /** All rows in order, one piece at a time. */
  async function* merged(): AsyncGenerator<Kind[]> {
    const firstPages = await readPages(pagesOfRun.map((_, run) => `${run}:0`))
    const heap = createHeap(
      firstPages.map((rows, run): Cursor<Kind> => ({ run, page: 0, rows, at: 0 })),
      (first, second) => compare(first.rows[first.at]!, second.rows[second.at]!),
    )
    let piece: Kind[] = []
    for (let cursor = heap.first(); cursor !== undefined; cursor = heap.first()) {
      piece.push(cursor.rows[cursor.at]!)
      cursor.at += 1
      if (cursor.at === cursor.rows.length) {
        cursor.page += 1
        cursor.at = 0
        if (cursor.page < pagesOfRun[cursor.run]!)
          [cursor.rows] = (await readPages([`${cursor.run}:${cursor.page}`])) as [Kind[]]
        else heap.removeFirst()
      }
      heap.firstHasChanged()
      if (piece.length < ROWS_PER_PIECE) continue
      yield piece
      piece = []
    }
    if (piece.length > 0) yield piece
  }

  return {
    add,
    merged,
    async discard(): Promise<void> {
      await redis.unlink(key)
    },
  }
}

const ROWS_PER_PIECE = 500

type Cursor<Kind> = { readonly run: number; page: number; rows: Kind[]; at: number }

/** A binary heap: the least item is the first. */
function createHeap<Item>(items: Item[], compare: (first: Item, second: Item) => number) {
  for (let at = (items.length >> 1) - 1; at >= 0; at--) sink(at)

  function sink(from: number): void {
    let at = from
    for (;;) {
      const left = 2 * at + 1
      let least = at
      for (const child of [left, left + 1]) {
        if (child < items.length && compare(items[child]!, items[least]!) < 0) least = child
      }
      if (least === at) return
      const item = items[at]!
      items[at] = items[least]!
      items[least] = item
      at = least
    }
  }

  return {
    first: (): Item | undefined => items[0],
    /** Call it after the order of the first item has changed. */
    firstHasChanged: (): void => sink(0),
    /** Puts the last item in the place of the first; call `firstHasChanged` then. */
    removeFirst(): void {
      const last = items.pop()
      if (items.length > 0) items[0] = last!
    },
  }
}
