import type { ChannelDetails, WatchingClient } from '@kptv/contract'
import { ColumnTitles } from '../../parts/column-titles.tsx'
import { adminWords } from '../../words/admin/admin-words.ts'
import { format } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import { edgeNow } from '../live.ts'
import { OrderButton } from '../orders/order-button.tsx'

/** Who watches a channel, the newest last. */
export function ViewerTable({ details: { channel, nodes } }: { readonly details: ChannelDetails }) {
  const { inPlay } = adminWords.value
  const rows = nodes.flatMap(({ node, plays }) => plays.clients.map((client) => ({ node, client })))
  const others = nodes.reduce((sum, { plays }) => sum + plays.viewers - plays.clients.length, 0)
  return (
    <section aria-labelledby="viewers-title">
      <h3 id="viewers-title">{inPlay.viewers}</h3>
      {rows.length === 0 ? (
        <p class="muted">{inPlay.noViewers}</p>
      ) : (
        <table class="table viewers">
          <thead>
            <tr>
              <ColumnTitles titles={[inPlay.viewer, inPlay.player, inPlay.node, inPlay.since, inPlay.sent]} />
              <th scope="col" title={inPlay.jumpsHelp}>
                {inPlay.jumps}
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {rows.map(({ node, client }) => (
              <Viewer key={client.id} channel={channel} node={node} client={client} />
            ))}
          </tbody>
        </table>
      )}
      {others > 0 && <p class="muted">{inPlay.light(format.value.whole(others))}</p>}
    </section>
  )
}

type ViewerProps = { readonly channel: string; readonly node: string; readonly client: WatchingClient }

function Viewer({ channel, node, client }: ViewerProps) {
  const { inPlay } = adminWords.value
  const { whole, duration, megabytes } = format.value
  const { id, output, user, player, address, since, sentBytes, jumps } = client
  return (
    <tr>
      <th scope="row">
        <strong>{user ?? inPlay.anonymous}</strong>
        <span class="muted">{address}</span>
      </th>
      <td data-title={inPlay.player}>{player === '' ? inPlay.unknownPlayer : player}</td>
      <td data-title={inPlay.node}>{node}</td>
      <td data-title={inPlay.since}>{duration(edgeNow() - since)}</td>
      <td data-title={inPlay.sent}>{`${megabytes(sentBytes)} ${words.value.units.megabytes}`}</td>
      <td data-title={inPlay.jumps} class={jumps > 0 ? 'warn' : undefined}>
        {whole(jumps)}
      </td>
      <td>
        {output === 'hls' ? (
          <span class="muted" title={inPlay.byHls}>
            HLS
          </span>
        ) : (
          <OrderButton order={{ order: 'end-viewer', channel, viewer: id }} about={user ?? (player || address)} />
        )}
      </td>
    </tr>
  )
}
