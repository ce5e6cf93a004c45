import { expect, test } from '@jest/globals'
import { createTransportStreamMaker } from '@kptv/testkit'
import { createCollectedOutput } from '../../test-support/collected-output.ts'
import { readPlace } from './output-place.ts'

const packets = createTransportStreamMaker().next(2_000)

/** A leader's place, as it travels. */
const place = (() => {
  const { output } = createCollectedOutput()
  output.startInput({ streamId: 'news', offsetTicks: 0 })
  output.push(Buffer.from(packets))
  return JSON.parse(JSON.stringify(output.place))
})()

test('a place is read as it was written', () => {
  expect(readPlace(place)).toEqual(place)
})

test.each<[string, unknown]>([
  ['nothing', null],
  ['a word', 'place'],
  ['no name', { ...place, output: 7 }],
  ['no clock', { ...place, clock: undefined }],
  ['codecs that are a number', { ...place, signature: 7 }],
  ['a start before the first byte', { ...place, from: -188 }],
  ['a start inside a packet', { ...place, from: 100 }],
  ['no splicer', { ...place, splicer: undefined }],
  ['streams that are none', { ...place, splicer: { ...place.splicer, output: { streams: [null] } } }],
])('%s is not a place, and costs only the place: the media is played', (_, state) => {
  expect(readPlace(state)).toBeUndefined()
  const { output, take } = createCollectedOutput()
  const origin = { streamId: 'news', offsetTicks: 0 }
  output.handOn({ packets: Buffer.from(packets), joinPoints: [0], origin, state, isNew: true })
  expect(take().length).toBeGreaterThan(0)
  output.startInput(origin)
  output.push(Buffer.from(packets))
  expect(readPlace(JSON.parse(JSON.stringify(output.place)))).toBeDefined()
})
