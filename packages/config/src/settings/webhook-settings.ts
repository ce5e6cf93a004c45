import { filePath, oneOf, quietHours, webhookEvents, webhooks } from '../value-schemas.ts'
import type { Webhook } from '../webhooks/parse-webhooks.ts'
import { setting } from './setting.ts'

/** Who is notified of events. */
export const WEBHOOK_SETTINGS = {
  WEBHOOKS: setting({
    schema: webhooks(),
    default: undefined,
    whenUnset: (): readonly Webhook[] => [],
    example: 'https://discord.com/api/webhooks/… ntfy+https://ntfy.example/kptv',
    meaning: 'Addresses that receive events, separated by spaces: see [Webhooks](webhooks.md). The worker sends them.',
    secret: true,
  }),
  WEBHOOKS_FILE: setting({
    schema: filePath(),
    default: undefined,
    example: '/run/secrets/webhooks',
    meaning: 'File that holds these addresses, instead of `WEBHOOKS`; read at the start.',
  }),
  WEBHOOKS_EVENTS: setting({
    schema: webhookEvents(),
    default: 'alarms',
    example: 'alarms,nodes,orders',
    meaning: 'Kinds of events that are sent: `alarms`, `switches`, `imports`, `nodes`, `logins`, `orders`, or `all`.',
  }),
  WEBHOOKS_LANGUAGE: setting({
    schema: oneOf(['en', 'de']),
    default: 'en',
    example: 'de',
    meaning: 'Language of the sentences that are sent.',
  }),
  WEBHOOKS_QUIET_HOURS: setting({
    schema: quietHours(),
    default: undefined,
    example: '22:00-07:00 Europe/Berlin',
    meaning:
      'Time of day in which nothing is sent: events wait for its end. Without a time zone, that of the process (`TZ`).',
  }),
} as const
