import type { NodeReport } from '@kptv/contract'
import type { Redis, RedisKeys } from '@kptv/redis'

/** Several edges may have pages open; one report a second is enough for all. */
const MIN_PAUSE_MS = 700

type AnswerReportsOptions = {
  readonly redis: Pick<Redis, 'publish'>
  readonly subscriber: Redis
  readonly keys: RedisKeys
  readonly report: () => NodeReport
  readonly monotonicMs: () => number
}

/** Publishes what this node plays whenever some edge has a page open; otherwise nothing. */
export async function answerReports({ redis, subscriber, keys, report, monotonicMs }: AnswerReportsOptions) {
  let lastMs = Number.NEGATIVE_INFINITY
  subscriber.on('message', (name: string) => {
    if (name !== keys.liveWanted || monotonicMs() - lastMs < MIN_PAUSE_MS) return
    lastMs = monotonicMs()
    redis.publish(keys.liveReports, JSON.stringify(report())).catch(() => undefined)
  })
  await subscriber.subscribe(keys.liveWanted)
}
