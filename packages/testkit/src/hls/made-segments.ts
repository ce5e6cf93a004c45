import type { TransportStreamMakerOptions } from '../transport-stream/maker-options.ts'
import { createTransportStreamMaker } from '../transport-stream/transport-stream-maker.ts'
import type { HlsVariant } from './hls-options.ts'

const KEPT_SEGMENTS = 60

/**
 * A synthetic programme in segments, each from a key frame on, as the maker's checker knows them.
 * At a discontinuity another maker continues, with its own clock.
 */
export function madeVariant(
  options: TransportStreamMakerOptions & {
    readonly segmentMs: number
    readonly bandwidth: number
    readonly height?: number
    readonly isDiscontinuous?: (number: number) => boolean
  },
): HlsVariant {
  const { segmentMs, bandwidth, height, isDiscontinuous = () => false, ...makerOptions } = options
  const made = new Map<number, Buffer>()
  let maker = createTransportStreamMaker(makerOptions)
  let next = 0
  let clips = 0
  return {
    bandwidth,
    ...(height === undefined ? {} : { height }),
    isDiscontinuous,
    segment(number) {
      for (; next <= number; next += 1) {
        if (isDiscontinuous(next)) {
          clips += 1
          const startTicks = (clips * 7_777_777_777) % 2 ** 33
          maker = createTransportStreamMaker({ ...makerOptions, startTicks, sourceId: `clip${clips}` })
        }
        made.set(next, maker.next(segmentMs))
        made.delete(next - KEPT_SEGMENTS)
      }
      return made.get(number) ?? Buffer.alloc(0)
    },
  }
}
