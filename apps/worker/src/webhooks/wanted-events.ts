import type { WebhookEvents } from '@kptv/config'
import type { EventFacts, EventType } from '@kptv/contract'

const KINDS: Readonly<Record<Exclude<EventType, 'webhook-failed'>, WebhookEvents>> = {
  alarm: 'alarms',
  'alarm-over': 'alarms',
  'guide-alarm': 'alarms',
  'guide-alarm-over': 'alarms',
  'channel-failed': 'alarms',
  'node-gone': 'alarms',
  'stream-failed': 'switches',
  'stream-changed': 'switches',
  'channel-taken-over': 'switches',
  'conversion-failed': 'switches',
  'list-read': 'imports',
  'guide-read': 'imports',
  'node-started': 'nodes',
  'node-drains': 'nodes',
  'node-stopped': 'nodes',
  login: 'logins',
  order: 'orders',
}

export function isWanted({ type }: EventFacts, kinds: readonly WebhookEvents[]): boolean {
  // It would be one more message that fails.
  return type !== 'webhook-failed' && kinds.includes(KINDS[type])
}

/** No event reports an end of these: players, nodes and guesses repeat them. */
const REPEATED: ReadonlySet<EventType> = new Set([
  'channel-failed',
  'conversion-failed',
  'node-gone',
  'stream-failed',
  'login',
])

/** The same for all events that are one piece of news for a while; undefined: always news. */
export function newsOf({ node, facts }: { readonly node: string; readonly facts: EventFacts }): string | undefined {
  if (!REPEATED.has(facts.type)) return undefined
  const { channel, source, code, who, address, outcome } = facts as Readonly<Record<string, unknown>>
  const about = facts.type === 'node-gone' ? [node] : [channel, source, code, who, address, outcome]
  return [facts.type, ...about.filter((part) => part !== undefined)].join(' ')
}
