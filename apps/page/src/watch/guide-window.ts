import type { ChannelPage, GuideAnswer, ListedChannel } from '@kptv/contract'
import { computed } from '@preact/signals'
import { route } from '../parts/navigation.ts'
import { halfHourOf } from './programme-time.ts'
import { createViewerRemote } from './viewer.ts'

export const HOURS = 3
const SPAN_MS = HOURS * 3_600_000
export const CHANNELS_IN_GUIDE = 25
const EVERY_MS = 120_000

/** The part of the guide that the address names: half a page of the list, and three hours. */
export const guideQuery = computed(() => {
  const { group = '', half = '1', from } = route.value.values
  const fromMs = from === undefined ? halfHourOf(Date.now()) : Number(from)
  return { group, half: Math.max(1, Number(half) || 1), fromMs, toMs: fromMs + SPAN_MS, isNow: from === undefined }
})

const isShown = computed(() => route.value.screen === 'guide')

export const guideChannels = createViewerRemote<ChannelPage>(() => {
  if (!isShown.value) return undefined
  const { group, half } = guideQuery.value
  return `api/channels?${new URLSearchParams({ group, page: String(Math.ceil(half / 2)) })}`
})

/** Half a page: as many rows as one looks through. */
export const rows = computed<readonly ListedChannel[]>(() => {
  const start = guideQuery.value.half % 2 === 1 ? 0 : CHANNELS_IN_GUIDE
  const listed = (guideChannels.value.answer?.channels ?? []).slice(start, start + CHANNELS_IN_GUIDE)
  // VOD has no programmes.
  return listed.filter(({ file }) => file === null)
})

export const halves = computed(() =>
  Math.max(1, Math.ceil((guideChannels.value.answer?.matching ?? 0) / CHANNELS_IN_GUIDE)),
)

export const guide = createViewerRemote<GuideAnswer>(
  () => {
    const ids = rows.value.map(({ id }) => id)
    if (ids.length === 0) return undefined
    const { fromMs, toMs } = guideQuery.value
    const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString()) as [string, string]
    return `api/guide?${new URLSearchParams({ channels: ids.join(','), from, to })}`
  },
  { everyMs: EVERY_MS },
)

export const programmes = computed(
  () => new Map((guide.value.answer?.channels ?? []).map(({ id, programmes: own }) => [id, own])),
)
