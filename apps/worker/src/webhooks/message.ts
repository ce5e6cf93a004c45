import type { Webhook } from '@kptv/config'
import type { ClusterEvent, WebhookMessage } from '@kptv/contract'
import { sentenceOf, weightOf } from '@kptv/sentences'

/** A request to a receiver, without its address. */
export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string }

const MAX_TEXT = 1_900
const TAGS = { bad: 'warning', good: 'white_check_mark', plain: 'information_source' } as const
/** Of ntfy: 3 is the default, 4 rings. */
const PRIORITIES = { bad: '4', good: '3', plain: '3' } as const

/** The event as this receiver understands it. */
export function messageOf(event: ClusterEvent, format: Webhook['format'], language: 'en' | 'de'): Message {
  const text = sentenceOf(event, language).slice(0, MAX_TEXT)
  const weight = weightOf(event.facts)
  switch (format) {
    case 'json':
      return json({ ...event, weight, text } satisfies WebhookMessage)
    case 'discord':
      // Names come from lists: they must neither call people nor format.
      return json({ username: 'KPTV', content: escapeMarkdown(text), allowed_mentions: { parse: [] } })
    case 'slack':
      return json({ text: escapeSlack(text) })
    case 'ntfy':
      return { headers: { Title: 'KPTV', Tags: TAGS[weight], Priority: PRIORITIES[weight] }, body: text }
  }
}

function json(value: object): Message {
  return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) }
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\*_~`|>#[\]()]/g, '\\$&')
}

function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
