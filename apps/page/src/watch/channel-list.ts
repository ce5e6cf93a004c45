import type { ChannelPage, GroupList } from '@kptv/contract'
import { computed } from '@preact/signals'
import { route } from '../parts/navigation.ts'
import { createNowPlaying } from './now-playing.ts'
import { createViewerRemote } from './viewer.ts'

const EVERY_MS = 60_000
/** The first import may end at any moment. */
const EMPTY_MS = 3_000

/** The query of the list, as the address has it. */
export const listQuery = computed(() => {
  const { q = '', group = '', page = '1' } = route.value.values
  return { q, group, page: Number(page) || 1 }
})

const isShown = computed(() => !['guide', 'players'].includes(route.value.screen))

export const channelPage = createViewerRemote<ChannelPage>(
  () => (isShown.value ? `api/channels?${new URLSearchParams(listQuery.value as never)}` : undefined),
  { everyMs: ({ matching }) => (matching === 0 ? EMPTY_MS : EVERY_MS) },
)

/** Of all channels, rather than of those that match a search. */
export const isListEmpty = computed(() => {
  const { q, group } = listQuery.value
  return isShown.value && q === '' && group === '' && channelPage.value.answer?.matching === 0
})

const groups = createViewerRemote<GroupList>(() => 'api/groups', { everyMs: EVERY_MS })

/** Those that one can choose; a channel without a group is in none. */
export const namedGroups = computed(() => (groups.value.answer?.groups ?? []).filter(({ name }) => name !== ''))

export const nowPlaying = createNowPlaying(() => (channelPage.value.answer?.channels ?? []).map(({ id }) => id))
