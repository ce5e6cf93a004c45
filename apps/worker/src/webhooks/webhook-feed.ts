import type { Webhook, WebhookEvents } from '@kptv/config'
import type { EventLog } from '@kptv/events'
import type { JobQueues } from '@kptv/jobs'
import { isWanted, newsOf } from './wanted-events.ts'

/** The same failure again within this time is not sent. */
const NEWS_MS = 3_600_000

type WebhookFeedOptions = {
  readonly log: Pick<EventLog, 'after' | 'latestId'>
  /** The last event that was handed over, for the whole cluster. */
  readonly cursor: {
    readonly read: () => Promise<string | null>
    readonly write: (id: string) => Promise<unknown>
  }
  readonly webhooks: readonly Webhook[]
  readonly kinds: readonly WebhookEvents[]
  readonly jobs: Pick<JobQueues, 'requestWebhook'>
  /** How long messages wait from now on. */
  readonly quietForMs: () => number
}

/**
 * Makes a job of each event and receiver. Two workers that do so at the same time make the same
 * jobs, which is to say each once.
 *
 * @returns hands over what has happened since the last call. Throws when Redis is away.
 */
export function createWebhookFeed(options: WebhookFeedOptions): () => Promise<void> {
  const { log, cursor, webhooks, kinds, jobs, quietForMs } = options
  return async () => {
    const since = await cursor.read()
    // Without webhooks for a while: nobody wants the past.
    if (since === null) return void (await cursor.write(await log.latestId()))
    const events = await log.after(since)
    for (const event of events.filter(({ facts }) => isWanted(facts, kinds))) {
      for (const { id } of webhooks) {
        const news = newsOf(event)
        await jobs.requestWebhook(
          { webhookId: id, event: JSON.stringify(event) },
          {
            id: `${id}-${event.id}`,
            delayMs: quietForMs(),
            news: news === undefined ? undefined : `${id} ${news}`,
            newsMs: NEWS_MS,
          },
        )
      }
    }
    await cursor.write(events.at(-1)?.id ?? since)
  }
}
