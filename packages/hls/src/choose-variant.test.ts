import { expect, test } from '@jest/globals'
import { chooseVariants } from './choose-variant.ts'
import type { Variant } from './model.ts'

const variant = (uri: string, bandwidth: number, more: Partial<Variant> = {}): Variant => ({
  uri,
  bandwidth,
  height: undefined,
  isAudioOnly: false,
  audio: [],
  hasOwnAudio: true,
  ownLanguage: undefined,
  ...more,
})

const VARIANTS = [
  variant('low', 800_000, { height: 360 }),
  variant('audio', 9_000_000, { isAudioOnly: true }),
  variant('high', 6_000_000, { height: 1080 }),
  variant('apart', 8_000_000, { audio: [{ uri: 'audio', language: undefined }], hasOwnAudio: false }),
  variant('middle', 3_000_000, { height: 720 }),
]

test.each([
  [{}, ['high', 'middle', 'low', 'audio']],
  [{ maxBandwidth: 3_000_000 }, ['middle', 'low', 'high', 'audio']],
  [{ maxHeight: 720 }, ['middle', 'low', 'high', 'audio']],
  [{ maxBandwidth: 1 }, ['low', 'middle', 'high', 'audio']],
  [{ canJoinAudio: true }, ['apart', 'high', 'middle', 'low', 'audio']],
])('within %j: %j', (limits, order) => {
  const chosen = chooseVariants({ kind: 'master', variants: VARIANTS, variables: new Map() }, limits)
  expect(chosen.map(({ uri }) => uri)).toEqual(order)
})
