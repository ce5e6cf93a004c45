import type { ClusterEvent } from '@kptv/contract'
import { sentenceOf, weightOf } from '@kptv/sentences'
import { Icon } from '../parts/icon.tsx'
import { format } from '../words/format.ts'
import { language } from '../words/words.ts'

const ICONS = { bad: 'alert', good: 'check', plain: 'right' } as const

/** One event as a sentence, with its time. */
export function EventRow({ event }: { readonly event: ClusterEvent }) {
  const weight = weightOf(event.facts)
  const { day, exactClock } = format.value
  return (
    <li class={`event event-${weight}`}>
      <time dateTime={new Date(event.at).toISOString()}>
        <span class="muted">{day(event.at)}</span> {exactClock(event.at)}
      </time>
      <Icon name={ICONS[weight]} />
      <span>{sentenceOf(event, language.value)}</span>
    </li>
  )
}
