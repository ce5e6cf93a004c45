import type { LiveState } from '@kptv/contract'
import { Icon } from '../parts/icon.tsx'
import { adminWords } from '../words/admin/admin-words.ts'
import { format } from '../words/format.ts'
import { words } from '../words/words.ts'
import { ChannelsInPlay } from './in-play/channels-in-play.tsx'
import { NodeRow } from './node-row.tsx'
import { SourceRow } from './source-row.tsx'
import { summaryOf } from './summary.ts'

/** The cluster at a glance: sources and their slots, nodes, channels in play. */
export function LiveScreen({ state }: { readonly state: LiveState }) {
  const { admin } = words.value
  const nodes = Object.entries(state.nodes).toSorted(([, one], [, other]) => one.node.localeCompare(other.node))
  return (
    <div class="live-screen">
      <HeadLine state={state} />
      <section aria-labelledby="sources-title">
        <h2 id="sources-title">{admin.sources}</h2>
        <ul class="band">
          {Object.entries(state.sources).map(([id, source]) => (
            <SourceRow key={id} id={id} source={source} channels={state.channels} />
          ))}
        </ul>
        {Object.keys(state.sources).length === 0 && <p class="tile muted">{admin.noSources}</p>}
      </section>
      {!summaryOf(state).isRedisAway && (
        <>
          <section aria-labelledby="nodes-title">
            <h2 id="nodes-title">{admin.nodes}</h2>
            <ul class="band">
              {nodes.map(([id, node]) => (
                <NodeRow key={id} id={id} node={node} />
              ))}
            </ul>
          </section>
          <ChannelsInPlay state={state} />
        </>
      )}
    </div>
  )
}

function HeadLine({ state }: { readonly state: LiveState }) {
  const { admin, units } = words.value
  const { whole, megabits } = format.value
  const { live } = adminWords.value
  const summary = summaryOf(state)
  if (summary.isRedisAway) {
    return (
      <div class="head-line">
        <h1 aria-live="polite">{live.redisAway}</h1>
        <p class="verdict bad">
          <Icon name="alert" /> <span>{live.redisAwayHelp}</span>
        </p>
      </div>
    )
  }
  return (
    <div class="head-line">
      <h1 aria-live="polite">{admin.headLine(summary, whole)}</h1>
      <p class="muted">
        {admin.rates(megabits(summary.receivedBitsPerSecond), megabits(summary.sentBitsPerSecond), units.megabits)}
      </p>
      {summary.direct > 0 && <p>{admin.direct(whole(summary.direct), summary.direct === 1)}</p>}
      {summary.waiting > 0 && (
        <p class="verdict warn">
          <Icon name="alert" /> <span>{live.waiting(whole(summary.waiting), summary.waiting === 1)}</span>
        </p>
      )}
      {summary.problems.length === 0 ? (
        <p class="verdict good">
          <Icon name="check" /> {admin.allWell}
        </p>
      ) : (
        summary.problems.map(({ key, source, text }) => (
          <p key={key} class="verdict bad">
            <Icon name="alert" /> <span>{source === undefined ? text : `${source}: ${text}`}</span>
          </p>
        ))
      )}
    </div>
  )
}
