import type { Webhook } from '@kptv/config'
import { clusterEvent } from '@kptv/contract'
import { type JobHandler, type JobQueues, NotWorthRetrying } from '@kptv/jobs'
import { messageOf } from '../webhooks/message.ts'
import { postWebhook } from '../webhooks/post-webhook.ts'

/** News from yesterday helps nobody. */
const MAX_AGE_MS = 86_400_000

type SendWebhookOptions = {
  readonly webhooks: readonly Webhook[]
  readonly language: 'en' | 'de'
  readonly jobs: Pick<JobQueues, 'requestWebhook'>
  readonly quietForMs: () => number
  readonly nowMs?: () => number
}

/** Sends one event to one receiver; the address is read from the settings, by id. */
export function createSendWebhook(options: SendWebhookOptions): JobHandler<'send-webhook'> {
  const { webhooks, language, jobs, quietForMs, nowMs = Date.now } = options
  return {
    name: 'send-webhook',
    async handle(data, { signal }) {
      const webhook = webhooks.find(({ id }) => id === data.webhookId)
      const { data: event } = clusterEvent.safeParse(parseJson(data.event))
      // Of a receiver that the settings no longer name, or of another version.
      if (webhook === undefined || event === undefined) throw new NotWorthRetrying('nothing to send, or nobody')
      if (nowMs() - event.at > MAX_AGE_MS) return
      // It was tried before the quiet hours, and again within them.
      const delayMs = quietForMs()
      if (delayMs > 0) {
        const id = `${webhook.id}-${event.id}-${nowMs()}`
        return jobs.requestWebhook(data, { id, delayMs, news: undefined, newsMs: 0 })
      }
      await postWebhook(webhook, messageOf(event, webhook.format, language), signal)
    },
  }
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}
