import { setTimeout as sleep } from 'node:timers/promises'
import { openViewer } from '@kptv/testkit'
import type { Rig } from '../rig.ts'
import { type RunResult, untilClean } from '../scenario.ts'

/** Who waits longer for an answer, or for media after it, hangs. */
const HUNG_MS = 20_000
/** Few enough that the channel is without viewers again and again. */
const HAMMERERS = 4
/** Some leave before there is an answer, some stay for a while. */
const LONGEST_STAY_MS = 60
const LONGEST_PAUSE_MS = 400

/** Viewers of one channel who leave and come back, on all nodes, `rounds` times in all. */
export const hammer =
  (rounds: number) =>
  async (rig: Rig): Promise<RunResult> => {
    const { edges } = rig.cluster
    const visits: Visit[] = []
    await rig.provider.resetTruth()
    let begun = 0
    const hammering = async () => {
      while (begun++ < rounds) {
        const edge = edges[Math.floor(Math.random() * edges.length)]!
        visits.push(await visit(rig.streamUrl(edge)))
        await sleep(Math.random() * LONGEST_PAUSE_MS)
      }
    }
    await Promise.all(Array.from({ length: HAMMERERS }, hammering))
    const truth = await rig.provider.truth()
    const clean = await untilClean(rig)
    const firstMedia = visits.flatMap(({ firstMediaMs }) => firstMediaMs ?? [])
    return {
      samples: { 'first media': firstMedia },
      endedResponses: visits.filter(({ outcome }) => outcome === 'broken').length,
      maxConnections: truth.highWaterMark,
      newConnections: Object.values(truth.channels).reduce((sum, channel) => sum + channel.opened, 0),
      violations: [
        ...truth.violations.map(({ open, limit }) => `a connection was wanted while ${open} of ${limit} were open`),
        ...sentence(visits, 'hung', 'visits hung'),
        ...sentence(visits, 'failed', 'visits got an answer that is neither 200 nor 503'),
        ...clean.violations,
      ],
      cleanAfterMs: clean.afterMs,
    }
  }

type Visit = { outcome: 'played' | 'told to come back' | 'broken' | 'hung' | 'failed'; firstMediaMs?: number }

async function visit(url: string): Promise<Visit> {
  const viewer = await openViewer(url, { checker: 'none', deadlineMs: HUNG_MS }).catch((error: Error) => error)
  if (viewer instanceof Error) return { outcome: viewer.message.startsWith('No answer') ? 'hung' : 'broken' }
  try {
    if (viewer.status === 503) return { outcome: 'told to come back' }
    if (viewer.status !== 200) return { outcome: 'failed' }
    await viewer.waitForBytes(1, { deadlineMs: HUNG_MS })
    const firstMediaMs = viewer.firstByteAfterMs()!
    await sleep(Math.random() * LONGEST_STAY_MS)
    return viewer.ended() === undefined ? { outcome: 'played', firstMediaMs } : { outcome: 'broken', firstMediaMs }
  } catch {
    return { outcome: viewer.ended() === undefined ? 'hung' : 'broken' }
  } finally {
    viewer.close()
  }
}

function sentence(visits: readonly Visit[], outcome: Visit['outcome'], what: string): string[] {
  const count = visits.filter((one) => one.outcome === outcome).length
  return count === 0 ? [] : [`${count} ${what}`]
}
