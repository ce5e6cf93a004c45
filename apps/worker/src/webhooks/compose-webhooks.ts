import type { Settings } from '@kptv/config'
import { createDuty } from '@kptv/coordination'
import type { EventLog, EventWriter } from '@kptv/events'
import type { JobQueues } from '@kptv/jobs'
import type { Logger } from '@kptv/logging'
import type { Redis, RedisKeys } from '@kptv/redis'
import { createSendWebhook } from '../handlers/send-webhook.ts'
import { quietForMs } from './quiet-time.ts'
import { createWebhookFeed } from './webhook-feed.ts'

const EVERY_MS = 1_000
/** What happened while no worker ran for longer is not sent. */
const CURSOR_MS = 3_600_000

type WebhookSettings = Pick<Settings, 'webhooks' | 'webhooksEvents' | 'webhooksLanguage' | 'webhooksQuietHours'>

/** Tells the receivers of events; one worker at a time reads them, all send. */
export function composeWebhooks(parts: {
  readonly settings: WebhookSettings
  readonly redis: Redis
  readonly keys: RedisKeys
  readonly log: EventLog
  readonly jobs: JobQueues
  readonly report: EventWriter['write']
  /** Identifies this worker. */
  readonly holder: string
  readonly logger: Logger
  readonly nowMs?: () => number
  readonly everyMs?: number
}) {
  const { settings, redis, keys, log, jobs, report, holder, logger, nowMs = Date.now, everyMs = EVERY_MS } = parts
  const { webhooks, webhooksEvents: kinds, webhooksLanguage: language, webhooksQuietHours: hours } = settings
  const quiet = () => quietForMs(hours, nowMs())
  const feed = createWebhookFeed({
    log,
    cursor: {
      read: () => redis.get(keys.webhookCursor),
      write: (id) => redis.set(keys.webhookCursor, id, 'PX', CURSOR_MS),
    },
    webhooks,
    kinds,
    jobs,
    quietForMs: quiet,
  })

  return {
    handler: createSendWebhook({ webhooks, language, jobs, quietForMs: quiet, report, nowMs }),

    /** Call it once the handlers are running. */
    start(): AsyncDisposable {
      if (webhooks.length === 0) return { [Symbol.asyncDispose]: async () => undefined }
      let timer: NodeJS.Timeout | undefined
      let running: Promise<void> | undefined
      const check = (): void => {
        running ??= feed()
          .catch((error: unknown) => logger.debug({ error }, 'events not handed to webhooks'))
          .finally(() => {
            running = undefined
          })
      }
      const onChange = (isOurs: boolean): void => {
        clearInterval(timer)
        if (isOurs) timer = setInterval(check, everyMs)
        if (isOurs) check()
      }
      const duty = createDuty({ redis, key: keys.webhookDuty, holder, onChange })
      void duty.check()
      return {
        async [Symbol.asyncDispose]() {
          await duty[Symbol.asyncDispose]()
          await running
        },
      }
    },
  }
}
