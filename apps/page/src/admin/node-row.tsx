import type { LiveNode } from '@kptv/contract'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { OrderButton } from './orders/order-button.tsx'

/** More are a number. */
const MAX_NAMES = 3

const SHAPES = { serving: '●', draining: '◐', gone: '○' } as const

/** @param id incarnation of the node */
export function NodeRow({ id, node }: { readonly id: string; readonly node: LiveNode }) {
  const { admin, units } = words.value
  const { whole, megabits, ago, duration } = format.value
  const { state, since, viewers, leads, follows, sentBitsPerSecond, version, direct } = node
  return (
    <li class={`tile node-${state}`}>
      <div class="tile-head">
        <strong>{node.node}</strong>
        <span class={`state-${state}`}>
          <span aria-hidden="true">{SHAPES[state]} </span>
          {admin.states[state]}
        </span>
      </div>
      {state === 'gone' ? (
        <p class="muted">{admin.lastHeard(ago(Date.now() - since))}</p>
      ) : (
        <>
          <div class="tile-head">
            <p>
              {admin.viewers(whole(viewers), viewers === 1)} · {`${megabits(sentBitsPerSecond)} ${units.megabits}`}
            </p>
            {state === 'serving' && <OrderButton order={{ order: 'drain', node: id }} about={node.node} />}
          </div>
          <p class="muted">
            {admin.leads(whole(leads), whole(follows))} · {version} · {duration(Date.now() - since)}
          </p>
          <Direct direct={direct} />
        </>
      )}
    </li>
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
  return <p class="muted">▸ {[...names, ...(more > 0 ? [`+${whole(more)}`] : [])].join(', ')}</p>
}
