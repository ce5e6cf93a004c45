// cspell:ignore ПЕРВЫЙ канал Новости первый İSTANBUL Türkiye stanbul Kultur
import { expect, test } from '@jest/globals'
import type { CatalogChannel } from '@kptv/catalog'
import { QueueFullError } from '../../rendered/bounded-queue.ts'
import { type ChannelSearchOptions, createChannelSearch } from './channel-search.ts'

const STAYS = new AbortController().signal

function channel(index: number, name = `Channel ${index}`, group = `Group ${index % 10}`): CatalogChannel {
  return {
    id: index.toString(16).padStart(16, '0'),
    name,
    attributes: [['group-title', group]],
    streams: [],
  } as unknown as CatalogChannel
}

/** A catalogue with settable generation and answers, which counts complete reads. */
function catalog(channels: readonly CatalogChannel[]) {
  const state = { generation: 1 as number | undefined, isAway: false, reads: 0, channels, gate: Promise.resolve() }
  const create = (options: Partial<ChannelSearchOptions> = {}) =>
    createChannelSearch({
      catalog: {
        async currentGeneration() {
          if (state.isAway) throw new Error('Redis is away')
          return state.generation
        },
        async *channelsInOrder() {
          state.reads += 1
          for (const one of state.channels) yield one
          await state.gate
        },
      },
      countAll: async () => state.channels.length,
      ...options,
    })
  return { state, create }
}

const many = (count: number) => Array.from({ length: count }, (_, index) => channel(index))

test.each([
  ['a name', 'channel 42', 100, ['Channel 42']],
  ['a part of a name, in any case', 'CHANNEL 1', 3, ['Channel 1', 'Channel 10', 'Channel 11']],
  ['a group', 'group 7', 2, ['Channel 7', 'Channel 17']],
  ['nothing', '', 2, ['Channel 0', 'Channel 1']],
  ['spaces around it', '  channel 5 ', 1, ['Channel 5']],
  ['what no name has', 'zzzz', 5, []],
  ['an id, which people do not see', '000000000000002a', 5, []],
  ['text over the border of name and group', '42\tGroup', 5, []],
])('finds by %s', async (_, text, max, expected) => {
  const answer = await catalog(many(100)).create().find({ text }, { skip: 0, max }, STAYS)
  expect(answer?.channels.map(({ name }) => name)).toEqual(expected)
})

test.each([
  ['letters beyond Latin', channel(1, 'ПЕРВЫЙ канал', 'Новости'), 'первый'],
  ['letters that grow in lower case', channel(1, 'İSTANBUL TV', 'Türkiye'), 'stanbul'],
  ['a letter that is two in upper case', channel(1, 'Große Straße', 'Kultur'), 'STRASSE'],
  ['the same, as it is written', channel(1, 'Große Straße', 'Kultur'), 'straße'],
  ['both forms of sigma', channel(1, 'ΟΔΟΣ ΕΝΑ', 'Ελλάδα'), 'οδος'],
  ['several spaces', channel(1, 'News   One', 'A'), 'news one'],
  ['wide letters', channel(1, 'ＮＨＫ', 'A'), 'nhk'],
  ['a tab and a line feed in a name', channel(1, 'One\tTwo\nThree', 'A\tB'), 'two three'],
  ['no group', { ...channel(1, 'Alone'), attributes: [] } as CatalogChannel, 'alone'],
])('finds names with %s, and keeps others apart', async (_, odd, text) => {
  const search = catalog([channel(0), odd, channel(2)]).create()
  const answer = await search.find({ text }, { skip: 0, max: 5 }, STAYS)
  expect(answer?.channels.map(({ id }) => id)).toEqual([odd.id])
})

test('1,500 concurrent searches read the catalogue once; 16 succeed, the rest are refused at once', async () => {
  const { state, create } = catalog(many(60_000))
  const search = create()
  const answers = await Promise.allSettled(
    Array.from({ length: 1_500 }, () => search.find({ text: 'zzzz' }, { skip: 0, max: 500 }, STAYS)),
  )
  const refused = answers.filter((answer) => answer.status === 'rejected')
  expect(refused).toHaveLength(1_484)
  expect(refused.every(({ reason }) => reason instanceof QueueFullError)).toBe(true)
  expect(state.reads).toBe(1)
  expect((await search.find({ text: 'channel 59999' }, { skip: 0, max: 1 }, STAYS))?.channels).toHaveLength(1)
})

test('other work gets its turn while a search runs', async () => {
  const search = catalog(many(60_000)).create()
  await search.find({ text: '' }, { skip: 0, max: 1 }, STAYS)
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 0)
  const counting = (async () => {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      turns += 1
      if (turns > 1_000) return
    }
  })()
  await search.find({ text: 'zzzz' }, { skip: 0, max: 500 }, STAYS)
  clearInterval(timer)
  // 120 blocks, 16 of them in a turn.
  expect(turns).toBeGreaterThanOrEqual(7)
  turns = 1_001
  await counting
})

test('a client that leaves ends its search, and the next search does not wait', async () => {
  const { create } = catalog(many(60_000))
  const search = create({ maxPending: 1 })
  await search.find({ text: '' }, { skip: 0, max: 1 }, STAYS)
  const leaving = new AbortController()
  const left = search.find({ text: 'zzzz' }, { skip: 0, max: 500 }, leaving.signal)
  setImmediate(() => leaving.abort(new Error('left')))
  await expect(left).rejects.toThrow('left')
  await expect(search.find({ text: 'channel 7' }, { skip: 0, max: 1 }, STAYS)).resolves.toBeDefined()
})

test('the next search reads a new generation, and uses the old index meanwhile', async () => {
  const { state, create } = catalog([channel(1, 'Old')])
  const search = create()
  const names = async () =>
    (await search.find({ text: 'group' }, { skip: 0, max: 5 }, STAYS))?.channels.map(({ name }) => name)
  expect(await names()).toEqual(['Old'])
  let open = () => {}
  state.gate = new Promise((resolve) => {
    open = resolve
  })
  state.channels = [channel(1, 'New')]
  state.generation = 2
  expect(await names()).toEqual(['Old'])
  open()
  await new Promise((resolve) => setImmediate(resolve))
  expect(await names()).toEqual(['New'])
  expect(state.reads).toBe(2)
})

test('a page without a search waits for neither the index nor other searches', async () => {
  const { state, create } = catalog(many(60_000))
  const search = create({ maxPending: 1 })
  let open = () => {}
  state.gate = new Promise((resolve) => {
    open = resolve
  })
  const waiting = search.find({ text: 'channel 59999' }, { skip: 0, max: 1 }, STAYS)
  await expect(search.find({ text: 'zzzz' }, { skip: 0, max: 1 }, STAYS)).rejects.toThrow(QueueFullError)
  expect((await search.find({ text: '' }, { skip: 0, max: 2 }, STAYS))?.channels.map(({ name }) => name)).toEqual([
    'Channel 0',
    'Channel 1',
  ])
  open()
  expect((await waiting)?.channels).toHaveLength(1)
})

test('while Redis is away the last index is searched; without one the search fails, and before the first import it finds nothing', async () => {
  const { state, create } = catalog(many(3))
  const search = create()
  state.generation = undefined
  expect(await search.find({ text: '' }, { skip: 0, max: 1 }, STAYS)).toBeUndefined()
  state.isAway = true
  await expect(search.find({ text: '' }, { skip: 0, max: 1 }, STAYS)).rejects.toThrow('Redis is away')
  state.isAway = false
  state.generation = 1
  await search.find({ text: '' }, { skip: 0, max: 1 }, STAYS)
  state.isAway = true
  expect((await search.find({ text: 'channel 2' }, { skip: 0, max: 1 }, STAYS))?.channels).toHaveLength(1)
})

test('the index is bounded in bytes, and reports its number of channels', async () => {
  const answer = await catalog(many(10_000))
    .create({ maxIndexBytes: 50_000 })
    .find({ text: 'channel 9999' }, { skip: 0, max: 1 }, STAYS)
  expect(answer).toMatchObject({ channels: [], complete: false })
  expect(answer?.searched).toBeLessThan(3_000)
  expect(answer?.searched).toBeGreaterThan(500)
})

test('the next search repeats a failed read', async () => {
  const { state, create } = catalog(many(3))
  const search = create()
  state.gate = Promise.reject(new Error('expired'))
  state.gate.catch(() => undefined)
  await expect(search.find({ text: 'channel' }, { skip: 0, max: 1 }, STAYS)).rejects.toThrow('expired')
  state.gate = Promise.resolve()
  expect((await search.find({ text: 'channel' }, { skip: 0, max: 1 }, STAYS))?.searched).toBe(3)
})

test('a page of a group reports the number of matches on all pages', async () => {
  const search = catalog(many(3_000)).create()
  await search.find({ text: 'build the index' }, { skip: 0, max: 1 }, STAYS)
  const answer = await search.find({ group: 'group 7' }, { skip: 250, max: 100 }, STAYS)
  expect(answer).toMatchObject({ matching: 300, searched: 3_000 })
  expect(answer?.channels.map(({ name }) => name).slice(0, 2)).toEqual(['Channel 2507', 'Channel 2517'])
  expect(answer?.channels).toHaveLength(50)
})

test('a page of the whole list spans block borders, and is empty past the end', async () => {
  const search = catalog(many(1_100)).create()
  await search.find({ text: 'build the index' }, { skip: 0, max: 1 }, STAYS)
  const namesOf = async (skip: number) =>
    (await search.find({}, { skip, max: 50 }, STAYS))?.channels.map(({ name }) => name)
  expect((await namesOf(475))?.at(-1)).toBe('Channel 524')
  expect(await namesOf(1_075)).toHaveLength(25)
  expect(await namesOf(1_200)).toEqual([])
})

test('a group, a source and a text must all match; a channel of two groups is in both', async () => {
  const odd = {
    ...channel(1, 'One', 'News; Sport'),
    attributes: [
      ['tvg-chno', '101'],
      ['tvg-logo', 'http://logos.example/one.png'],
      ['group-title', 'News; Sport'],
    ],
    streams: [
      { sourceId: 'a', url: 'http://a/1' },
      { sourceId: 'b', url: 'http://b/1' },
    ],
  } as unknown as CatalogChannel
  const search = catalog([channel(0), odd]).create()
  const ids = async (query: object) => (await search.find(query, { skip: 0, max: 5 }, STAYS))?.channels
  expect(await ids({ group: 'sport', sourceId: 'b', text: 'on' })).toEqual([
    { id: odd.id, name: 'One', number: '101', group: 'News; Sport', file: null, logo: true },
  ])
  for (const other of [{ group: 'sports' }, { sourceId: 'c' }, { sourceId: 'a', text: 'two' }])
    expect(await ids(other)).toEqual([])
  expect((await search.groups(STAYS))?.groups.map(({ name }) => name)).toEqual(['Group 0', 'News', 'Sport'])
})
