import type { Source } from '@kptv/config'
import type { AdminOrder, ErrorCode } from '@kptv/contract'
import type { NodeCalls } from '../cluster/calls/node-calls.ts'
import { isNodeOrder } from './node-replies.ts'
import { type OrderResult, resultOf } from './order-outcome.ts'

type GiveOrderOptions = {
  readonly calls: Pick<NodeCalls, 'ask'>
  readonly sources: () => ReadonlyArray<Pick<Source, 'id'>>
  /** Requests imports of these sources. */
  readonly refresh: (sourceIds: readonly string[]) => Promise<void>
  readonly accept: (sourceId: string) => Promise<'accepted' | 'unknown-source' | 'nothing-put-aside'>
  /** The cluster forgets the failures of a stream. */
  readonly unblock: (streamId: string) => Promise<void>
}

/** Carries out an order of a person, wherever in the cluster. Throws when Redis is away. */
export type GiveOrder = (order: AdminOrder) => Promise<OrderResult>

const CARRIED_OUT: OrderResult = { nodes: [] }

export function createGiveOrder({ calls, sources, refresh, accept, unblock }: GiveOrderOptions): GiveOrder {
  async function readList(source: string | undefined): Promise<OrderResult> {
    const ids = sources().map(({ id }) => id)
    if (source !== undefined && !ids.includes(source)) return refused('unknown-source')
    await refresh(source === undefined ? ids : [source])
    return CARRIED_OUT
  }

  async function acceptList(source: string): Promise<OrderResult> {
    const outcome = await accept(source)
    return outcome === 'accepted' ? CARRIED_OUT : refused(outcome)
  }

  return async (order) => {
    if (isNodeOrder(order)) {
      // A channel is stopped where it plays: all nodes must answer. All others have one place.
      const isEnough = order.order === 'stop' ? undefined : isDone
      return resultOf(order, await calls.ask({ ask: 'carry-out', order }, isEnough))
    }
    switch (order.order) {
      case 'read-list':
        return readList(order.source)
      case 'accept-list':
        return acceptList(order.source)
      case 'unblock-stream':
        await unblock(order.stream)
        return CARRIED_OUT
    }
  }
}

function isDone({ reply }: { readonly reply: { readonly outcome: string } }): boolean {
  return reply.outcome === 'done'
}

function refused(code: ErrorCode): OrderResult {
  return { refused: code }
}
