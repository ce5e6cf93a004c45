import { Icon } from '../../parts/icon.tsx'
import { adminWords } from '../../words/admin/admin-words.ts'
import { type AskedOrder, request } from './orders.ts'

const ICONS = {
  'next-source': 'skip',
  stop: 'stop',
  'end-viewer': 'close',
  'move-leader': 'move',
  'unblock-stream': 'check',
  'read-list': 'refresh',
  'accept-list': 'check',
  drain: 'drain',
} as const

const HARMFUL = new Set(['stop', 'end-viewer', 'drain'])

/** Screen readers say after the word what it is about. */
export function OrderButton({ order, about }: AskedOrder) {
  return (
    <button
      type="button"
      class={HARMFUL.has(order.order) ? 'button button-danger' : 'button'}
      onClick={() => void request({ order, about })}
    >
      <Icon name={ICONS[order.order]} />
      {adminWords.value.orders[order.order].button}
      <span class="unseen">{about}</span>
    </button>
  )
}
