import type { LiveNode } from '@kptv/contract'
import { adminWords } from '../words/admin/admin-words.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { edgeNow } from './live.ts'
import { OrderButton } from './orders/order-button.tsx'

/** More are a number. */
const MAX_NAMES = 3

const SHAPES = { serving: '●', draining: '◐', gone: '○' } as const

/** @param id incarnation of the node */
export function NodeRow({ id, node }: { readonly id: string; readonly node: LiveNode }) {
  const { admin } = words.value
  const { whole, ago, duration } = format.value
  const { state, since, viewers, version, direct } = node
  return (
    <li class={`band-row node-${state}`}>
      <span class="band-name">
        <strong>{node.node}</strong>
        <span class={`state-${state}`}>
          <span aria-hidden="true">{SHAPES[state]} </span>
          {admin.states[state]}
        </span>
      </span>
      {state === 'gone' ? (
        <span class="band-rest muted">{admin.lastHeard(ago(edgeNow() - since))}</span>
      ) : (
        <>
          <span>{admin.leads(whole(node.leads), whole(node.follows))}</span>
          <Load node={node} />
          <span class="node-process">
            <span class="muted">
              {version} · {duration(edgeNow() - since)}
            </span>
            {state === 'serving' && <OrderButton order={{ order: 'drain', node: id }} about={node.node} />}
          </span>
          <span class="band-count">{admin.viewers(whole(viewers), viewers === 1)}</span>
          <Direct direct={direct} />
        </>
      )}
    </li>
  )
}

function Load({ node: { sentBitsPerSecond, ringBytes } }: { readonly node: LiveNode }) {
  const { units } = words.value
  const { megabits, megabytes } = format.value
  return (
    <span>
      {`${megabits(sentBitsPerSecond)} ${units.megabits}`}
      <span class="muted">{` · ${adminWords.value.live.buffered(`${megabytes(ringBytes)} ${units.megabytes}`)}`}</span>
    </span>
  )
}

/** VOD and catch-up, which no other viewer shares. */
function Direct({ direct }: Pick<LiveNode, 'direct'>) {
  const { catchUp } = words.value.admin
  const { whole } = format.value
  if (direct.length === 0) return null
  const names = direct.slice(0, MAX_NAMES).map(({ name, kind, viewers }) => {
    const what = kind === 'vod' ? name : `${name} (${catchUp})`
    return viewers === 1 ? what : `${what} × ${whole(viewers)}`
  })
  const more = direct.length - names.length
  return <p class="band-more muted">▸ {[...names, ...(more > 0 ? [`+${whole(more)}`] : [])].join(', ')}</p>
}
