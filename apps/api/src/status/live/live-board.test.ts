import { expect, test } from '@jest/globals'
import type { LiveState, NodeReport, PlayedChannel } from '@kptv/contract'
import { LiveBoard } from './live-board.ts'
import { changeBetween } from './live-changes.ts'
import { RateMeter } from './rate-meter.ts'

const about = (id: string) => ({ name: `Channel ${id}`, logo: false, streams: ['other', 's'] })
const FORMAT = { codecs: 'avc1.64001f,mp4a.40.2', width: 1_280, height: 720, framesPerSecond: 50 }

function played(channel: string, role: PlayedChannel['role'], viewers = 1): PlayedChannel {
  const bitsPerSecond = role === 'leads' ? 8_000_000 : 7_900_000
  return {
    channel,
    role,
    phase: role === 'leads' ? 'playing' : 'following',
    source: 'a',
    stream: 's',
    viewers,
    bitsPerSecond,
    format: role === 'leads' ? FORMAT : null,
    since: viewers,
  }
}

function report(node: string, channels: PlayedChannel[] = []): NodeReport {
  const figures = { viewers: 3, sentBitsPerSecond: 24_000_000, ringBytes: 1_000, direct: [] }
  return {
    at: 0,
    incarnation: `${node}-1`,
    node,
    version: '1.0.0',
    state: 'serving',
    startedAt: 5,
    ...figures,
    channels,
  }
}

test('a channel is one row: the leader comes first, viewers are those of all nodes', () => {
  const board = new LiveBoard()
  board.hear(report('edge-1', [played('x', 'follows', 2)]), 0)
  board.hear(report('edge-2', [played('x', 'leads', 3), played('y', 'leads')]), 0)
  const { x, y } = board.channels(100, about)
  expect(x).toMatchObject({ name: 'Channel x', phase: 'playing', viewers: 5, bitsPerSecond: 8_000_000, since: 2 })
  expect(x).toMatchObject({ streamNumber: 2, streamCount: 2, format: FORMAT })
  expect(x?.nodes.map(({ node, role }) => `${node} ${role}`)).toEqual(['edge-2 leads', 'edge-1 follows'])
  expect(y?.nodes).toHaveLength(1)
  expect(board.nodes(100, about)['edge-2-1']).toMatchObject({ state: 'serving', leads: 2, follows: 0, viewers: 3 })
})

test('a rate covers twelve seconds: bursts do not move it, a change and the end do', () => {
  const meter = new RateMeter()
  // A segment of 4 MB every four seconds, then of 8 MB, then none.
  let bytes = 0
  const shown = Array.from({ length: 80 }, (_, second) => {
    if (second % 4 === 0 && second < 60) bytes += second < 40 ? 4_000_000 : 8_000_000
    return meter.read('x', bytes, second * 1_000)
  })
  expect(new Set(shown.slice(12, 40))).toEqual(new Set([8_000_000]))
  expect(new Set(shown.slice(52, 60))).toEqual(new Set([16_000_000]))
  expect(new Set(shown.slice(72))).toEqual(new Set([0]))
})

test('a rate that hardly changes keeps its shown value, and a moment is not enough for one', () => {
  const meter = new RateMeter()
  const read = (bytes: number, atMs: number) => meter.read('x', bytes, atMs)
  read(0, 0)
  const readings = [read(1_000_000, 1_000), read(2_090_000, 2_000), read(9_090_000, 2_100)]
  expect(readings).toEqual([8_000_000, 8_000_000, 8_000_000])
})

test('a node whose end is proven is gone at once, until it reports again', () => {
  const board = new LiveBoard()
  board.hear(report('edge-1', [played('x', 'leads')]), 1_000)
  expect([board.silent(2_200), board.silent(2_201)]).toEqual([[], ['edge-1-1']])
  board.end('edge-1-1')
  expect(board.nodes(2_201, about)['edge-1-1']).toMatchObject({ state: 'gone', since: 1_000 })
  expect([board.channels(2_201, about), board.silent(2_201)]).toEqual([{}, []])
  expect(board.hear(report('edge-1'), 2_300)).toBe(true)
  expect(board.nodes(2_300, about)['edge-1-1']?.state).toBe('serving')
})

test('a node lists the VOD and catch-up it serves, and none once it is gone', () => {
  const board = new LiveBoard()
  const direct = [{ channel: 'x', kind: 'archive', viewers: 2 }] as const
  board.hear({ ...report('edge-1'), direct }, 0)
  expect(board.nodes(100, about)['edge-1-1']?.direct).toEqual([{ ...direct[0], name: 'Channel x' }])
  expect(board.nodes(4_000, about)['edge-1-1']?.direct).toEqual([])
})

test('times of a node with a wrong clock are given by the clock of the serving node', () => {
  const board = new LiveBoard()
  const hourAhead = { ...report('edge-1', [played('x', 'leads')]), at: 3_600_000, startedAt: 3_540_000 }
  board.hear(hourAhead, 100_000)
  expect(board.nodes(100_000, about)['edge-1-1']?.since).toBe(40_000)
  expect(board.channels(100_000, about).x?.since).toBe(played('x', 'leads').since - 3_500_000)
})

test('lists who plays what, not only figures', () => {
  const board = new LiveBoard()
  const hear = (...channels: PlayedChannel[]) => board.hear(report('edge-1', channels), 0)
  expect([hear(played('x', 'follows', 1)), hear(played('x', 'follows', 2)), hear(played('x', 'leads'))]).toEqual([
    true,
    false,
    true,
  ])
})

test('a silent node is gone with its channels, is shown for a minute, and returns when it reports', () => {
  const board = new LiveBoard()
  board.hear(report('edge-1', [played('x', 'leads')]), 1_000)
  expect(Object.keys(board.channels(4_000, about))).toEqual(['x'])
  expect(board.channels(4_600, about)).toEqual({})
  expect(board.nodes(4_600, about)['edge-1-1']).toMatchObject({ state: 'gone', since: 1_000, viewers: 0, leads: 0 })
  board.hear(report('edge-1'), 5_000)
  expect(board.nodes(5_000, about)['edge-1-1']?.state).toBe('serving')
  expect(board.nodes(65_001, about)).toEqual({})
})

const STATE: LiveState = {
  at: 1,
  nodes: {
    a: {
      node: 'edge-1',
      version: '1',
      state: 'serving',
      since: 1,
      viewers: 1,
      leads: 1,
      follows: 0,
      sentBitsPerSecond: 0,
      ringBytes: 0,
      direct: [],
    },
  },
  channels: {},
  sources: {},
  notices: {},
}

test('a change has new rows whole, changed fields of others, and null for removed ones', () => {
  const { a } = STATE.nodes
  const after: LiveState = { ...STATE, nodes: { a: { ...a!, viewers: 2 }, b: a! } }
  expect(changeBetween(STATE, after)).toEqual({ nodes: { a: { viewers: 2 }, b: a } })
  expect(changeBetween(after, STATE)).toEqual({ nodes: { a: { viewers: 1 }, b: null } })
})

test('sends nothing when nothing has changed, even after another read', () => {
  expect(changeBetween(STATE, structuredClone(STATE))).toBeUndefined()
})

test('a rate starts with the second reading, in steps; a total that shrank starts over', () => {
  const meter = new RateMeter()
  const read = (bytes: number, atMs: number) => meter.read('x', bytes, atMs)
  expect([read(500, 0), read(1_000_500, 1_000), read(2_500_500, 2_000)]).toEqual([0, 8_000_000, 10_000_000])
  expect([read(10, 3_000), read(1_000_010, 4_000)]).toEqual([0, 8_000_000])
  meter.keep(new Set())
  expect(read(2_000_010, 5_000)).toBe(0)
})
