import type { ClusterEvent } from '@kptv/contract'
import { sentenceOf, weightOf } from '@kptv/sentences'
import { Icon } from '../parts/icon.tsx'
import { format } from '../words/format.ts'
import { language } from '../words/words.ts'

const ICONS = { bad: 'alert', good: 'check', plain: 'dot' } as const

/** One event as a sentence, with its time; the day only where it differs from the one above. */
export function EventRow({ event, isNewDay }: { readonly event: ClusterEvent; readonly isNewDay: boolean }) {
  const weight = weightOf(event.facts)
  const { day, exactClock } = format.value
  return (
    <li class={`event event-${weight}`}>
      <time dateTime={new Date(event.at).toISOString()}>
        <span class={isNewDay ? 'muted' : 'unseen'}>{day(event.at)}</span> {exactClock(event.at)}
      </time>
      <Icon name={ICONS[weight]} />
      <span class="name">{sentenceOf(event, language.value)}</span>
    </li>
  )
}
