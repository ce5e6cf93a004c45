import type { Clock } from '@kptv/clock'
import type { NodeReport } from '@kptv/contract'
import type { Redis, RedisKeys } from '@kptv/redis'

/** Several edges may have pages open; one report a second is enough for all. */
const MIN_PAUSE_MS = 700
/** A page that has not asked for longer is closed. */
const WANTED_MS = 2_500
/** Changes come several at a time. */
const TOGETHER_MS = 30

type AnswerReportsOptions = {
  readonly redis: Pick<Redis, 'publish'>
  readonly subscriber: Redis
  readonly keys: RedisKeys
  readonly report: () => NodeReport
  /** Calls back when more than figures has changed on this node. */
  readonly onChange: (listener: () => void) => void
  readonly clock: Clock
}

/**
 * While some edge has a page open: publishes what this node plays once a second, and at once when
 * that changes; otherwise nothing.
 */
export async function answerReports(options: AnswerReportsOptions): Promise<void> {
  const { redis, subscriber, keys, report, onChange, clock } = options
  let lastMs = Number.NEGATIVE_INFINITY
  let wantedAtMs = Number.NEGATIVE_INFINITY
  let isDue = false

  const publish = (): void => {
    lastMs = clock.monotonicMs()
    redis.publish(keys.liveReports, JSON.stringify(report())).catch(() => undefined)
  }
  onChange(() => {
    if (isDue || clock.monotonicMs() - wantedAtMs > WANTED_MS) return
    isDue = true
    clock.after(TOGETHER_MS, () => {
      isDue = false
      publish()
    })
  })
  subscriber.on('message', (name: string) => {
    if (name !== keys.liveWanted) return
    wantedAtMs = clock.monotonicMs()
    if (wantedAtMs - lastMs >= MIN_PAUSE_MS) publish()
  })
  await subscriber.subscribe(keys.liveWanted)
}
