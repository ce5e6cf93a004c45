import { NodeCalls } from '../cluster/calls/node-calls.ts'
import { createDescribeChannel } from '../orders/describe-channel.ts'
import { createGiveOrder } from '../orders/give-order.ts'
import { createNodeReplies } from '../orders/node-replies.ts'
import type { HlsChannels } from '../packaging/hls-channels.ts'
import { createListAcceptor } from '../status/accept-list.ts'
import type { Membership } from './cluster.ts'
import type { EdgeParts } from './edge-parts.ts'
import type { Media } from './media.ts'
import type { Store } from './redis.ts'

/** Orders of people to the whole cluster, given here or on any other edge. */
export function composeOrders(
  { settings, book, requestDrain }: EdgeParts,
  { redis, subscriber, keys, lists, queues, catalog }: Store,
  { cluster, health }: Membership,
  { registry, steps, hls }: Media & { readonly hls: HlsChannels | undefined },
) {
  const { current: sources } = book
  const incarnation = () => cluster.incarnation.id
  const { quarantine } = cluster
  const calls = new NodeCalls({
    redis,
    subscriber,
    keys,
    self: () => ({ incarnation: incarnation(), node: settings.nodeId }),
    present: async () => (await cluster.nodes.list()).map((node) => node.incarnation),
    reply: createNodeReplies({
      registry,
      playersOf: (channelId) => hls?.find(channelId)?.players ?? [],
      stopPlayers: (channelId) => hls?.stop(channelId) ?? false,
      steps,
      incarnation,
      requestDrain,
    }),
  })
  const refresh = (sourceIds: readonly string[]) => queues.requestRefresh(sourceIds)
  const accept = createListAcceptor({ sources, lists, queues })
  return {
    start: () => calls.start(),
    describeChannel: createDescribeChannel({ calls, catalog, health, quarantine }),
    giveOrder: createGiveOrder({
      calls,
      sources,
      refresh,
      accept,
      async unblock(streamId) {
        await health.succeeded(streamId)
        await quarantine.release(streamId)
      },
    }),
  }
}
