import type { ChannelPage, GuideAnswer, ListedChannel } from '@kptv/contract'
import { computed } from '@preact/signals'
import { route } from '../parts/navigation.ts'
import { halfHourOf } from './programme-time.ts'
import { createViewerRemote } from './viewer.ts'

export const HOURS = 3
const SPAN_MS = HOURS * 3_600_000
const CHANNELS_IN_GUIDE = 30
const EVERY_MS = 120_000

/** The part of the guide that the address names. */
export const guideQuery = computed(() => {
  const { group = '', page = '1', from } = route.value.values
  const fromMs = from === undefined ? halfHourOf(Date.now()) : Number(from)
  return { group, page: Math.max(1, Number(page) || 1), fromMs, toMs: fromMs + SPAN_MS, isNow: from === undefined }
})

const isShown = computed(() => route.value.screen === 'guide')

export const guideChannels = createViewerRemote<ChannelPage>(() => {
  if (!isShown.value) return undefined
  const { group, page } = guideQuery.value
  return `api/channels?${new URLSearchParams({ group, page: String(page), size: String(CHANNELS_IN_GUIDE) })}`
})

export const rows = computed<readonly ListedChannel[]>(() =>
  // VOD has no programmes.
  (guideChannels.value.answer?.channels ?? []).filter(({ file }) => file === null),
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
