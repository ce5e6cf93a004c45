import { type AcceptAnswer, type AdminOrder, adminOrder, type OrderAnswer, type RefreshAnswer } from '@kptv/contract'
import { json, type Request, type RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { GiveOrder } from '../../orders/give-order.ts'
import type { OrderResult } from '../../orders/order-outcome.ts'

/** Called for each order, refused or not; `outcome`: `done`, or the code of the error. */
export type OnOrder = (given: {
  readonly order: AdminOrder
  readonly outcome: string
  readonly nodes: readonly string[]
  readonly address: string
}) => void

export type OrderRoutesOptions = { readonly giveOrder: GiveOrder; readonly onOrder: OnOrder }

const REDIS_AWAY = { refused: 'coordination-unavailable' } as const

/** Gives an order for the person of this request. */
function createGiver({ giveOrder, onOrder }: OrderRoutesOptions) {
  return async (order: AdminOrder, request: Request): Promise<OrderResult> => {
    const result = await giveOrder(order).catch(() => REDIS_AWAY)
    const { outcome, nodes } =
      'refused' in result ? { outcome: result.refused, nodes: [] } : { outcome: 'done', nodes: result.nodes }
    onOrder({ order, outcome, nodes, address: request.ip ?? '' })
    return result
  }
}

/**
 * `POST /admin/orders`: an order as JSON. A form of another site cannot send this type, even from a
 * browser that names no origin.
 */
export function orderRoute(options: OrderRoutesOptions): readonly RequestHandler[] {
  const give = createGiver(options)
  return [
    json({ limit: '4kb', type: 'application/json' }),
    async (request, response) => {
      const { success, data: order } = adminOrder.safeParse(request.body)
      if (!success) return sendError(response, 'bad-request')
      const result = await give(order, request)
      if ('refused' in result) return sendError(response, result.refused)
      response.json({ status: 'done', nodes: result.nodes } satisfies OrderAnswer)
    },
  ]
}

/** `POST /refresh`: reads all lists now. */
export function refreshRoute(options: OrderRoutesOptions): RequestHandler {
  const give = createGiver(options)
  return async (request, response) => {
    const result = await give({ order: 'read-list' }, request)
    if ('refused' in result) return sendError(response, result.refused)
    response.status(202).json({ status: 'imports requested' } satisfies RefreshAnswer)
  }
}

/** `POST /sources/{source}/accept`: accepts a list that was put aside. */
export function acceptRoute(options: OrderRoutesOptions): RequestHandler<{ readonly source: string }> {
  const give = createGiver(options)
  return async (request, response) => {
    const result = await give({ order: 'accept-list', source: request.params.source }, request as Request)
    if ('refused' in result) return sendError(response, result.refused)
    response.json({ status: 'accepted' } satisfies AcceptAnswer)
  }
}
