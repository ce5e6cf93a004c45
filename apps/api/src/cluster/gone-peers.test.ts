import { expect, test } from '@jest/globals'
import { GonePeers } from './gone-peers.ts'

const [one, two] = ['edge-1', 'edge-2'].map((node) => ({ node, incarnation: `process of ${node}` }))

test('a node that was there and is missing is gone once that lasts, and is reported until it is forgotten', () => {
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

test('after Redis has lost its memory nobody is missing', () => {
  const gone = new GonePeers()
  gone.missing([one!], 0)
  gone.startAnew()
  expect(gone.missing([], 10_000)).toEqual([])
})
