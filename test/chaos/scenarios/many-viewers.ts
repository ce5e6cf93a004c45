import { eventually, openViewers } from '@kptv/testkit'
import { flawsOf } from '../gaps.ts'
import type { Rig } from '../rig.ts'
import { type RunResult, untilClean } from '../scenario.ts'

/** So many are judged packet by packet; all would take more of the machine than what they judge. */
const JUDGED = 20
const LATE_MS = 30_000

/** Nobody watches; then `count` viewers ask for the channel at once, spread over all nodes. */
export const manyViewersArrive =
  (count: number) =>
  async (rig: Rig): Promise<RunResult> => {
    const { edges } = rig.cluster
    const urlOf = (index: number) => rig.streamUrl(edges[index % edges.length]!)
    await rig.provider.resetTruth()
    const [judged, counted] = await Promise.all([
      openViewers(JUDGED, urlOf),
      openViewers(count - JUDGED, urlOf, { checker: 'none' }),
    ])
    const all = [...judged, ...counted]
    try {
      const playing = () =>
        all.every((viewer) => viewer.bytes() > 0) && judged.every((one) => one.report().keyFrames > 0)
      await eventually('all play', playing, { deadlineMs: LATE_MS })
      const truth = await rig.provider.truth()
      const refused = all.filter((viewer) => viewer.status !== 200)
      const result = {
        samples: { 'first media': all.map((viewer) => viewer.firstByteAfterMs()!) },
        endedResponses: all.filter((viewer) => viewer.ended() !== undefined).length,
        maxConnections: truth.highWaterMark,
        newConnections: Object.values(truth.channels).reduce((sum, channel) => sum + channel.opened, 0),
        violations: [
          ...(refused.length === 0 ? [] : [`${refused.length} viewers were refused`]),
          ...new Set(judged.flatMap(flawsOf)),
        ],
      }
      for (const viewer of all) viewer.close()
      const clean = await untilClean(rig)
      return { ...result, violations: [...result.violations, ...clean.violations], cleanAfterMs: clean.afterMs }
    } finally {
      for (const viewer of all) viewer.close()
    }
  }
