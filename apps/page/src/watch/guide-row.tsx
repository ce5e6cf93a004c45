import type { GuideProgramme, ListedChannel } from '@kptv/contract'
import { Logo } from '../parts/logo.tsx'
import { play } from '../player/playing.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { placeOf } from './programme-time.ts'

type GuideRowProps = {
  readonly channel: ListedChannel
  readonly programmes: readonly GuideProgramme[]
  readonly window: { readonly fromMs: number; readonly toMs: number; readonly nowMs: number }
}

/** One channel and its programmes, each as wide as it is long. */
export function GuideRow({ channel, programmes, window }: GuideRowProps) {
  const { guide, list } = words.value
  return (
    <li class="guide-row">
      <button type="button" class="guide-channel" onClick={() => play(channel)}>
        <span class="unseen">{list.play}</span>
        <Logo id={channel.id} name={channel.name} hasLogo={channel.logo} />
        <span class="name">{channel.name}</span>
      </button>
      <div class="guide-programmes">
        {programmes.length === 0 && <span class="muted guide-empty">{guide.noProgrammes}</span>}
        {programmes.map((programme) => (
          <Programme key={programme.start} programme={programme} window={window} />
        ))}
      </div>
    </li>
  )
}

function Programme({
  programme,
  window,
}: {
  readonly programme: GuideProgramme
  readonly window: GuideRowProps['window']
}) {
  const place = placeOf(programme, window)
  if (place === undefined) return null
  const { clock } = format.value
  const [startMs, stopMs] = [Date.parse(programme.start), Date.parse(programme.stop)]
  const isOn = startMs <= window.nowMs && window.nowMs < stopMs
  const times = `${clock(startMs)} – ${clock(stopMs)}`
  return (
    <article
      class={isOn ? 'guide-programme on' : 'guide-programme'}
      style={{ left: `${place.left * 100}%`, width: `${place.width * 100}%` }}
      title={[programme.title, programme.subTitle, times, programme.description].filter(Boolean).join('\n')}
    >
      <strong>{programme.title}</strong>
      <span class="muted">{times}</span>
    </article>
  )
}
