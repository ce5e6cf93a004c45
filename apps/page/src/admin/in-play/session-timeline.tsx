import type { ChannelDetails } from '@kptv/contract'
import { reasonOf } from '@kptv/sentences'
import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { language } from '../../words/words.ts'
import { type Attempt, attemptsOf } from './attempts.ts'
import type { ChannelInPlayProps } from './channel-in-play-props.ts'

const MAX_SHOWN = 6

type SessionTimelineProps = { readonly details: ChannelDetails; readonly sources: ChannelInPlayProps['sources'] }

/** Each attempt to play the channel, step by step, the newest first. */
export function SessionTimeline({ details: { nodes }, sources }: SessionTimelineProps) {
  const { inPlay } = adminWords.value
  const attempts = attemptsOf(nodes).slice(0, MAX_SHOWN)
  if (attempts.length === 0) return null
  return (
    <section aria-labelledby="timeline-title">
      <h3 id="timeline-title">{inPlay.timeline}</h3>
      <ol class="timeline">
        {attempts.map((attempt) => (
          <li key={`${attempt.node} ${attempt.at} ${attempt.stream}`}>
            <time class="muted" dateTime={new Date(attempt.at).toISOString()}>
              {format.value.exactClock(attempt.at)}
            </time>
            <AttemptWords attempt={attempt} sources={sources} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function AttemptWords({
  attempt,
  sources,
}: {
  readonly attempt: Attempt
  readonly sources: SessionTimelineProps['sources']
}) {
  const { inPlay } = adminWords.value
  const { node, source, steps, code } = attempt
  if (source === null) return <span>{inPlay.leads[steps[0]!.step === 'lead-taken' ? 'taken' : 'givenUp'](node)}</span>
  return (
    <span>
      <strong>{sources[source]?.name ?? source}</strong> <span class="muted">{node}</span>
      <span class="timeline-steps">
        {steps.map(({ step, afterMs }, index) => (
          <span key={String(index)} class={STEP_LOOKS[step]}>
            {step === 'stream-failed' ? reasonOf(code ?? '', language.value) : inPlay.steps[step]}
            {index > 0 && <span class="muted"> {format.value.span(afterMs)}</span>}
          </span>
        ))}
      </span>
    </span>
  )
}

const STEP_LOOKS: Readonly<Record<string, string>> = { 'stream-playing': 'good', 'stream-failed': 'bad' }
