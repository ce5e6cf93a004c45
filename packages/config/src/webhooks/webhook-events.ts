/** Kinds of events that a person may want to hear of. */
export const WEBHOOK_EVENTS = ['alarms', 'switches', 'imports', 'nodes', 'logins', 'orders'] as const

export type WebhookEvents = (typeof WEBHOOK_EVENTS)[number]

/** Some of these words, or `all`; undefined for anything else. */
export function parseWebhookEvents(text: string): readonly WebhookEvents[] | undefined {
  if (text.trim() === 'all') return WEBHOOK_EVENTS
  const words = text.split(',').map((word) => word.trim())
  const known = WEBHOOK_EVENTS.filter((event) => words.includes(event))
  return known.length === words.length ? known : undefined
}
