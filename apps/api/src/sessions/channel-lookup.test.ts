import { describe, expect, test } from '@jest/globals'
import { type CatalogChannel, channelId } from '@kptv/catalog'
import { createChannelKey } from '@kptv/playlist'
import { createChannelLookup } from './channel-lookup.ts'
import type { ChannelRegistry } from './channel-registry.ts'
import type { ChannelSession } from './channel-session.ts'

const keyOf = createChannelKey([])
const NEWS = channelId(keyOf('News'))
const session = {} as ChannelSession

type Given = {
  readonly generation?: number
  readonly inPlay?: readonly string[]
  readonly inPlayElsewhere?: readonly string[]
  readonly isRedisAway?: boolean
}

/** The catalogue has the channel `News`, if there is a catalogue. */
function lookup({ generation, inPlay = [], inPlayElsewhere = [], isRedisAway = false }: Given) {
  const read = async <Value>(value: Value): Promise<Value> => {
    if (isRedisAway) throw new Error('Redis is away')
    return value
  }
  return createChannelLookup({
    catalog: {
      channel: (id) => read(generation !== undefined && id === NEWS ? ({} as CatalogChannel) : undefined),
      currentGeneration: () => read(generation),
    },
    registry: {
      running: (id: string) => (inPlay.includes(id) ? session : undefined),
      open: async () => session,
    } as unknown as ChannelRegistry,
    isLed: (id) => read(inPlayElsewhere.includes(id)),
    keyOf,
    playable: () => [],
    isDraining: () => false,
  })
}

describe('a channel', () => {
  test.each([
    ['id', NEWS],
    ['name', 'News'],
    ['name in other letters', 'NEWS'],
  ])('is found by its %s', async (_, text) => {
    expect(await lookup({ generation: 1 }).find(text)).toMatchObject({ channelId: NEWS })
  })

  test.each(['Sports', '0000000000000000', ''])('that the catalogue lacks is unknown: "%s"', async (text) => {
    expect(await lookup({ generation: 1 }).find(text)).toEqual({ refused: 'unknown-channel' })
    expect(await lookup({ generation: 1 }).openSession({ channelId: '0000000000000000' })).toEqual({
      refused: 'unknown-channel',
    })
  })

  test.each([NEWS, 'News', 'Sports', ''])('is not called unknown while there is no catalogue: "%s"', async (text) => {
    expect(await lookup({}).find(text)).toEqual({ refused: 'catalog-missing' })
  })

  test('found just before the catalogue is lost is not unknown either', async () => {
    expect(await lookup({}).openSession({ channelId: NEWS })).toEqual({ refused: 'catalog-missing' })
  })

  test.each([
    ['without a catalogue', {}],
    ['without Redis', { isRedisAway: true }],
  ])('in play is found and joined %s', async (_, given) => {
    const playing = lookup({ ...given, inPlay: [NEWS] })
    expect(await playing.find(NEWS)).toEqual({ channelId: NEWS })
    expect(await playing.find('News')).toEqual({ channelId: NEWS })
    expect(await playing.openSession({ channelId: NEWS })).toBe(session)
  })

  test('in play on another node is found and followed without a catalogue, if nothing is hidden from the user', async () => {
    const other = lookup({ inPlayElsewhere: [NEWS] })
    expect(await other.find('News')).toEqual({ channelId: NEWS })
    expect(await other.openSession({ channelId: NEWS })).toBe(session)
    expect(await other.find('Sports')).toEqual({ refused: 'catalog-missing' })
    expect(await other.find('News', { includes: () => true })).toEqual({ refused: 'catalog-missing' })
    expect(await lookup({ generation: 1, inPlayElsewhere: ['00'] }).find('Sports')).toEqual({
      refused: 'unknown-channel',
    })
  })

  test('once found is opened without another request to Redis', async () => {
    const found = await lookup({ generation: 1 }).find('News')
    if ('refused' in found) throw new Error(found.refused)
    expect(await lookup({ isRedisAway: true }).openSession(found)).toBe(session)
  })

  test('that is not in play cannot be opened without Redis', async () => {
    await expect(lookup({ isRedisAway: true }).find('News')).rejects.toThrow('Redis is away')
    expect(await lookup({ isRedisAway: true }).openSession({ channelId: NEWS })).toEqual({
      refused: 'coordination-unavailable',
    })
  })
})
