import { expect, test } from '@jest/globals'
import { chooseVariants } from './choose-variant.ts'
import type { Variant } from './model.ts'

const variant = (uri: string, bandwidth: number, more: Partial<Variant> = {}): Variant => ({
  ...{ uri, bandwidth, height: undefined, isAudioOnly: false, soundUri: undefined },
  ...more,
})

const VARIANTS = [
  variant('low', 800_000, { height: 360 }),
  variant('sound', 9_000_000, { isAudioOnly: true }),
  variant('high', 6_000_000, { height: 1080 }),
  variant('apart', 8_000_000, { soundUri: 'sound' }),
  variant('middle', 3_000_000, { height: 720 }),
]

test.each([
  [{}, ['high', 'middle', 'low', 'sound']],
  [{ maxBandwidth: 3_000_000 }, ['middle', 'low', 'high', 'sound']],
  [{ maxHeight: 720 }, ['middle', 'low', 'high', 'sound']],
  [{ maxBandwidth: 1 }, ['low', 'middle', 'high', 'sound']],
  [{ canJoinSound: true }, ['apart', 'high', 'middle', 'low', 'sound']],
])('within %j: %j', (limits, order) => {
  const chosen = chooseVariants({ kind: 'master', variants: VARIANTS }, limits)
  expect(chosen.map(({ uri }) => uri)).toEqual(order)
})
