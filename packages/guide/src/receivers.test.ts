import { expect, test } from '@jest/globals'
import { Receivers } from './receivers.ts'

test('a guide channel serves those that were given to it last', () => {
  const receivers = new Receivers(4)
  for (const channel of [0, 1, 2]) receivers.serve(channel, 5)
  receivers.serve(1, 70)
  receivers.serve(3, 70)
  expect([5, 70, 6].map((guideChannel) => receivers.of(guideChannel))).toEqual([[0, 2], [1, 3], []])
  expect([0, 1, 2, 3].map((channel) => receivers.servedBy(channel))).toEqual([5, 70, 5, 70])
})

test.each([
  ['first', 2],
  ['middle', 1],
  ['last', 0],
])('the %s of its channels may leave and come back', (_, leaver) => {
  const receivers = new Receivers(3)
  for (const channel of [0, 1, 2]) receivers.serve(channel, 0)
  receivers.serve(leaver, 1)
  expect(receivers.of(0).sort()).toEqual([0, 1, 2].filter((channel) => channel !== leaver))
  expect(receivers.of(1)).toEqual([leaver])
  receivers.serve(leaver, 0)
  expect(receivers.of(0).sort()).toEqual([0, 1, 2])
  expect(receivers.of(1)).toEqual([])
})

test('nobody is served at first', () => {
  const receivers = new Receivers(2)
  expect([receivers.servedBy(0), receivers.servedBy(1), receivers.of(0)]).toEqual([undefined, undefined, []])
})
