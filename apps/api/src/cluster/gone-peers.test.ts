import { expect, test } from '@jest/globals'
import { createManualClock } from '@kptv/testkit'
import { GonePeers, watchPeers } from './gone-peers.ts'

const [one, two] = ['edge-1', 'edge-2'].map((node) => ({ node, incarnation: `process of ${node}` }))

test('a node that stays missing is reported as gone until it is forgotten', () => {
  const gone = new GonePeers()
  const missing = (peers: Parameters<GonePeers['missing']>[0], atMs: number) =>
    gone.missing(peers, atMs).map(({ node, isConfirmed }) => `${node}${isConfirmed ? '!' : '?'}`)
  expect(missing([], 0)).toEqual([])
  expect(missing([one!, two!], 1)).toEqual([])
  expect(missing([one!], 2)).toEqual(['edge-2?'])
  expect(missing([one!, two!], 2_000)).toEqual([])
  expect(missing([one!], 5_000)).toEqual(['edge-2?'])
  expect(missing([one!], 8_000)).toEqual(['edge-2!'])
  gone.forget(two!.incarnation)
  expect(missing([one!], 9_000)).toEqual([])
})

test('no node is missing after Redis has lost its memory', () => {
  const gone = new GonePeers()
  gone.missing([one!], 0)
  gone.startAnew()
  expect(gone.missing([], 10_000)).toEqual([])
})

test('an end that the supervisor saw is reported at the next check, any other once it is confirmed', async () => {
  const clock = createManualClock()
  const seen = new Map([[one!.incarnation, 'killed']])
  const gone: unknown[] = []
  let peers = [one!, two!]
  using _watch = watchPeers({
    peers: () => peers,
    isWarm: () => true,
    reasonOf: async (incarnation) => seen.get(incarnation) ?? null,
    onGone: ({ node, reason }) => gone.push([clock.monotonicMs(), node, reason]),
    clock,
  })
  await clock.advance(1_000)
  peers = []
  await clock.advance(10_000)
  expect(gone).toEqual([
    [2_000, 'edge-1', 'killed'],
    [5_000, 'edge-2', undefined],
  ])
})
