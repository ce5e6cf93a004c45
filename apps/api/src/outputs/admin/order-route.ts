import { adminOrder, type OrderAnswer } from '@kptv/contract'
import { json, type RequestHandler } from 'express'
import { sendError } from '../../http/error-response.ts'
import type { GiveOrder } from '../../orders/give-order.ts'

/**
 * `POST /admin/orders`: an order as JSON. A form of another site cannot send this type, even from a
 * browser that names no origin.
 */
export function orderRoute(give: GiveOrder): readonly RequestHandler[] {
  return [
    json({ limit: '4kb', type: 'application/json' }),
    async ({ body }, response) => {
      const { success, data: order } = adminOrder.safeParse(body)
      if (!success) return sendError(response, 'bad-request')
      try {
        const result = await give(order)
        if ('refused' in result) return sendError(response, result.refused)
        response.json({ status: 'done', nodes: result.nodes } satisfies OrderAnswer)
      } catch {
        sendError(response, 'coordination-unavailable')
      }
    },
  ]
}
