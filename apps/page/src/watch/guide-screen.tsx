import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { Notice, Problem } from '../parts/notice.tsx'
import { Pager } from '../parts/pager.tsx'
import { addressOf } from '../parts/route.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { GroupChoice } from './group-choice.tsx'
import { GuideRow } from './guide-row.tsx'
import { guide, guideChannels, guideQuery, HOURS, programmes, rows } from './guide-window.ts'
import { HALF_HOUR_MS, progressOf } from './programme-time.ts'

const EVERY_MS = 30_000

/** Three hours of 30 channels; both ways paged. */
export function GuideScreen() {
  const texts = words.value
  const { group, page, fromMs, isNow } = guideQuery.value
  if (guide.value.error?.status === 404) {
    return <Notice title={texts.guide.missing} help={texts.guide.missingHelp} isWhole />
  }
  const { error } = guideChannels.value
  if (error !== undefined) return <Problem error={error} isWhole />
  return (
    <section class="guide-screen" aria-label={texts.guide.title}>
      <GuideHead />
      <GroupChoice
        group={group}
        addressOf={(name) => addressOf('guide', { group: name, from: isNow ? undefined : fromMs })}
      />
      <Grid />
      <Pager
        page={page}
        pages={guideChannels.value.answer?.pages ?? 1}
        addressOf={(next) => addressOf('guide', { group, page: next, from: isNow ? undefined : fromMs })}
      />
    </section>
  )
}

function GuideHead() {
  const { guide: texts } = words.value
  const { fromMs, toMs, group, page, isNow } = guideQuery.value
  const { day, clock } = format.value
  const at = (from: number | undefined) => addressOf('guide', { group, page, from })
  return (
    <div class="list-head">
      <h1>{`${day(fromMs)}, ${clock(fromMs)} – ${clock(toMs)}`}</h1>
      <nav class="guide-times" aria-label={texts.title}>
        <a class="button" href={at(fromMs - HOURS * 3_600_000)}>
          <Icon name="left" /> {texts.earlier}
        </a>
        <a class="button" href={at(undefined)} aria-current={isNow ? 'time' : undefined}>
          {texts.now}
        </a>
        <a class="button" href={at(toMs)}>
          {texts.later} <Icon name="right" />
        </a>
      </nav>
    </div>
  )
}

function Grid() {
  const { fromMs, toMs } = guideQuery.value
  const nowMs = useNow()
  const place = progressOf({ start: new Date(fromMs).toISOString(), stop: new Date(toMs).toISOString() }, nowMs)
  const halfHours = Array.from({ length: HOURS * 2 }, (_, index) => fromMs + index * HALF_HOUR_MS)
  return (
    <div class="guide-grid">
      <div class="guide-scale" aria-hidden="true">
        {halfHours.map((ms) => (
          <span key={ms}>{format.value.clock(ms)}</span>
        ))}
      </div>
      <ul>
        {rows.value.map((channel) => (
          <GuideRow
            key={channel.id}
            channel={channel}
            programmes={programmes.value.get(channel.id) ?? []}
            window={{ fromMs, toMs, nowMs }}
          />
        ))}
      </ul>
      {place > 0 && place < 1 && (
        <div class="now-line-room" aria-hidden="true">
          <span class="now-line" style={{ left: `${place * 100}%` }} />
        </div>
      )}
    </div>
  )
}

/** The time, as often as the line of the present has to move. */
function useNow(): number {
  const nowMs = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      nowMs.value = Date.now()
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [nowMs])
  return nowMs.value
}
