import type { ClusterEvent, EventFacts } from '@kptv/contract'
import { de } from './de.ts'
import { en } from './en.ts'
import type { Sentences } from './sentences.ts'

const LANGUAGES = { en, de } as const satisfies Record<string, Sentences>

/** What happened, for people. */
export function sentenceOf(
  { facts, node }: Pick<ClusterEvent, 'facts' | 'node'>,
  language: keyof typeof LANGUAGES,
): string {
  const tell = LANGUAGES[language][facts.type] as (facts: EventFacts, node: string) => string
  return tell(facts, node)
}

/** Whether a person should look: the page shows it by shape and colour. */
export function weightOf({ type, ...facts }: EventFacts): 'bad' | 'good' | 'plain' {
  switch (type) {
    case 'stream-failed':
    case 'channel-failed':
    case 'alarm':
    case 'guide-alarm':
    case 'node-gone':
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
