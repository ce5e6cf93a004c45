import { expect, test } from '@jest/globals'
import { shortOrLong } from '@kptv/testkit'
import { playSoak } from '../soak/play-soak.ts'

const MINUTES = shortOrLong(1, 30)

test(
  `${MINUTES} minutes of zapping while nodes, Redis and sources fail: no limit is exceeded, no viewer is dropped, nothing is left`,
  async () => {
    const size = shortOrLong({ viewers: 12, channels: 6, limit: 4 }, { viewers: 60, channels: 20, limit: 12 })
    const length = { durationMs: MINUTES * 60_000, minTroubles: 3 }
    const { zaps, violations } = await playSoak({ seed: 1, ...length, ...size })
    expect(violations).toEqual([])
    expect(zaps.played).toBeGreaterThan(10)
  },
  MINUTES * 60_000 + 240_000,
)
