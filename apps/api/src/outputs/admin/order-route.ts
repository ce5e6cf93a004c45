import { type AdminOrder, adminOrder, type OrderAnswer } from '@kptv/contract'
import { json, type RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { GiveOrder } from '../../orders/give-order.ts'

/** Called for each order, refused or not; `outcome`: `done`, or the code of the error. */
export type OnOrder = (given: {
  readonly order: AdminOrder
  readonly outcome: string
  readonly nodes: readonly string[]
  readonly address: string
}) => void

const REDIS_AWAY = { refused: 'coordination-unavailable' } as const

/**
 * `POST /admin/orders`: an order as JSON. A form of another site cannot send this type, even from a
 * browser that names no origin.
 */
export function orderRoute(give: GiveOrder, onGiven: OnOrder): readonly RequestHandler[] {
  return [
    json({ limit: '4kb', type: 'application/json' }),
    async (request, response) => {
      const { success, data: order } = adminOrder.safeParse(request.body)
      if (!success) return sendError(response, 'bad-request')
      const result = await give(order).catch(() => REDIS_AWAY)
      const { outcome, nodes } =
        'refused' in result ? { outcome: result.refused, nodes: [] } : { outcome: 'done', nodes: result.nodes }
      onGiven({ order, outcome, nodes, address: request.ip ?? '' })
      if ('refused' in result) return sendError(response, result.refused)
      response.json({ status: 'done', nodes } satisfies OrderAnswer)
    },
  ]
}
