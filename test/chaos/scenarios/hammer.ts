import { setTimeout as sleep } from 'node:timers/promises'
import { openViewer } from '@kptv/testkit'
import type { Rig } from '../rig.ts'
import { type RunResult, untilClean } from '../scenario.ts'

/** Who waits longer for an answer, or for media after it, hangs. */
const HUNG_MS = 20_000
/** Viewers of a channel come and go together, so that it is without viewers again and again. */
const TOGETHER = 5
/** One in so many leaves before there is an answer. */
const IMPATIENT = 5
const MAX_PATIENCE_MS = 150
const MAX_DELAY_MS = 40
const MAX_STAY_MS = 60
/**
 * They come back before, while and after the connection is closed: that begins when
 * INACTIVE_TIMEOUT is over, or a second later where other nodes had viewers.
 */
const PAUSES_MS = [0, 950] as const
const MAX_MORE_MS = 300

/**
 * Viewers who leave all channels and come back, on all nodes, `rounds` of them. The rig has an
 * INACTIVE_TIMEOUT that is as short.
 */
export const hammer =
  (rounds: number) =>
  async (rig: Rig): Promise<RunResult> => {
    const { channelIds } = rig
    await rig.provider.resetTruth()
    const visits: Visit[] = []
    const hammerChannel = async (channel: number): Promise<void> => {
      for (let visited = 0; visited < rounds / channelIds.length; visited += TOGETHER) {
        const urls = Array.from({ length: TOGETHER }, () => rig.streamUrl(anyOf(rig.cluster.edges), channel))
        visits.push(...(await Promise.all(urls.map(visit))))
        await sleep(anyOf(PAUSES_MS) + Math.random() * MAX_MORE_MS)
      }
    }
    await Promise.all(channelIds.map((_, channel) => hammerChannel(channel)))
    const truth = await rig.provider.truth()
    const clean = await untilClean(rig)
    const channels = Object.values(truth.channels)
    const count = (outcome: Visit['outcome']) => visits.filter((one) => one.outcome === outcome).length
    const doubled = channels.filter((channel) => channel.highWaterMark > 1).length
    return {
      samples: { 'first media': visits.flatMap(({ firstMediaMs }) => firstMediaMs ?? []) },
      endedResponses: count('broken'),
      maxConnections: truth.highWaterMark,
      newConnections: channels.reduce((sum, channel) => sum + channel.opened, 0),
      violations: [
        ...truth.violations.map(({ open, limit }) => `a connection was wanted while ${open} of ${limit} were open`),
        ...sentence(doubled, 'channels had two connections at once'),
        ...sentence(count('hung'), 'viewers hung'),
        ...sentence(count('failed'), 'viewers got an answer that is neither 200 nor 503'),
        ...clean.violations,
      ],
      cleanAfterMs: clean.afterMs,
    }
  }

type Visit = {
  readonly outcome: 'played' | 'got 503' | 'left before the answer' | 'broken' | 'hung' | 'failed'
  readonly firstMediaMs?: number
}

async function visit(url: string): Promise<Visit> {
  await sleep(Math.random() * MAX_DELAY_MS)
  const isImpatient = Math.random() < 1 / IMPATIENT
  const deadlineMs = isImpatient ? Math.random() * MAX_PATIENCE_MS : HUNG_MS
  const viewer = await openViewer(url, { checker: 'none', deadlineMs }).catch((error: Error) => error)
  if (viewer instanceof Error) {
    if (!viewer.message.startsWith('No answer')) return { outcome: 'broken' }
    return { outcome: isImpatient ? 'left before the answer' : 'hung' }
  }
  try {
    if (viewer.status === 503) return { outcome: 'got 503' }
    if (viewer.status !== 200) return { outcome: 'failed' }
    await viewer.waitForBytes(1, { deadlineMs: HUNG_MS })
    const firstMediaMs = viewer.firstByteAfterMs()!
    await sleep(Math.random() * MAX_STAY_MS)
    return { outcome: viewer.ended() === undefined ? 'played' : 'broken', firstMediaMs }
  } catch {
    return { outcome: viewer.ended() === undefined ? 'hung' : 'broken' }
  } finally {
    viewer.close()
  }
}

function anyOf<Value>(values: readonly Value[]): Value {
  return values[Math.floor(Math.random() * values.length)]!
}

function sentence(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`]
}
