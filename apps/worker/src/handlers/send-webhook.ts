import type { Webhook } from '@kptv/config'
import { clusterEvent, type EventFacts } from '@kptv/contract'
import { type JobHandler, type JobQueues, NotWorthRetrying } from '@kptv/jobs'
import { messageOf } from '../webhooks/message.ts'
import { postWebhook } from '../webhooks/post-webhook.ts'
import type { WebhookFailure } from '../webhooks/webhook-failure.ts'

/** News from yesterday helps nobody. */
const MAX_AGE_MS = 86_400_000
/** A failing receiver is reported this often. */
const NEWS_MS = 3_600_000

type SendWebhookOptions = {
  readonly webhooks: readonly Webhook[]
  readonly language: 'en' | 'de'
  readonly jobs: Pick<JobQueues, 'requestWebhook'>
  readonly quietForMs: () => number
  /** For people. */
  readonly report: (facts: EventFacts, about: { readonly once: string }) => void
  readonly nowMs?: () => number
}

/** Sends one event to one receiver; the address is read from the settings, by id. */
export function createSendWebhook(options: SendWebhookOptions): JobHandler<'send-webhook'> {
  const { webhooks, language, jobs, quietForMs, report, nowMs = Date.now } = options

  function tellOf({ id }: Webhook, { status, code, isPassing }: WebhookFailure): void {
    const reason = { ...(status !== undefined && { status }), ...(code !== undefined && { code }) }
    const once = `webhook ${id} failed ${Math.floor(nowMs() / NEWS_MS)}`
    report({ type: 'webhook-failed', webhook: id, ...reason, isFinal: !isPassing }, { once })
  }

  return {
    name: 'send-webhook',
    async handle(data, { signal }) {
      const webhook = webhooks.find(({ id }) => id === data.webhookId)
      const { data: event } = clusterEvent.safeParse(parseJson(data.event))
      // Of a receiver that the settings no longer name, or of another version.
      if (webhook === undefined || event === undefined) throw new NotWorthRetrying('nothing to send, or nobody')
      if (nowMs() - event.at > MAX_AGE_MS) return
      // It was tried before the quiet hours, and again within them.
      const sendLater = (delayMs: number) => {
        const id = `${webhook.id}-${event.id}-${nowMs()}`
        return jobs.requestWebhook(data, { id, delayMs, news: undefined, newsMs: 0 })
      }
      const quietMs = quietForMs()
      if (quietMs > 0) return sendLater(quietMs)
      try {
        await postWebhook(webhook, messageOf(event, webhook.format, language), signal)
      } catch (error) {
        const failure = error as WebhookFailure
        tellOf(webhook, failure)
        const { isPassing, retryAfterMs } = failure
        if (!isPassing || retryAfterMs === undefined) throw failure.asJobError
        // It has said when.
        await sendLater(retryAfterMs)
      }
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
