import type { ClusterEvent, EventFacts } from '@kptv/contract'
import { de, GERMAN_REASONS } from './de.ts'
import { en } from './en.ts'
import { ENGLISH_REASONS } from './reasons.ts'
import type { Sentences } from './sentences.ts'

const LANGUAGES = { en, de } as const satisfies Record<string, Sentences>

/** What happened, for people. */
export function sentenceOf(
  { facts, node }: Pick<ClusterEvent, 'facts' | 'node'>,
  language: keyof typeof LANGUAGES,
): string {
  const write = LANGUAGES[language][facts.type] as (facts: EventFacts, node: string) => string
  return write(facts, node)
}

const REASONS = { en: ENGLISH_REASONS, de: GERMAN_REASONS }

/** What a provider or a stream did, after its name; a code without words is shown as it is. */
export function reasonOf(code: string, language: keyof typeof LANGUAGES): string {
  return REASONS[language][code] ?? code
}

/** Whether a person should look: the page shows it by shape and colour. */
export function weightOf({ type, ...facts }: EventFacts): 'bad' | 'good' | 'plain' {
  switch (type) {
    case 'stream-failed':
    case 'channel-failed':
    case 'alarm':
    case 'guide-alarm':
    case 'node-gone':
    case 'webhook-failed':
      return 'bad'
    case 'alarm-over':
    case 'guide-alarm-over':
    case 'stream-changed':
      return 'good'
    case 'login':
      return 'outcome' in facts && facts.outcome === 'wrong' ? 'bad' : 'plain'
    default:
      return 'plain'
  }
}
