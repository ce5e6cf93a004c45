import type { ChannelDetails } from '@kptv/contract'
import { computed } from '@preact/signals'
import { replaceRoute, route } from '../../parts/navigation.ts'
import { createRemote } from '../../parts/remote.ts'
import { addressOf } from '../../parts/route.ts'
import { isLoggedIn } from '../session.ts'

const EVERY_MS = 2_000

/** The channel whose row is open, as the address has it. */
export const openChannel = computed(() =>
  ['', 'live'].includes(route.value.screen) ? route.value.values.channel : undefined,
)

/** Asked of all nodes, while a row is open only. */
export const details = createRemote<ChannelDetails>(
  () => {
    const channel = openChannel.value
    return channel === undefined || !isLoggedIn.value ? undefined : `admin/channels/${encodeURIComponent(channel)}`
  },
  { everyMs: EVERY_MS },
)

export function toggleChannel(id: string): void {
  replaceRoute(addressOf('live', openChannel.peek() === id ? {} : { channel: id }))
}
