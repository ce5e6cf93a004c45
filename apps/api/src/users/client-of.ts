import type { Request, Response } from 'express'
import { plainAddress } from '../http/plain-address.ts'
import type { ViewerClient } from '../media/viewer.ts'
import { callerOf, priorityOf } from './caller.ts'

/** Of the name of a player, for people. */
const MAX_PLAYER = 120

/** Who watches by this request, for people. */
export function clientOf(request: Pick<Request, 'get' | 'ip'>, response: Response): ViewerClient {
  const player = (request.get('user-agent') ?? '').slice(0, MAX_PLAYER)
  const user = callerOf(response).user?.name
  const address = plainAddress(request.ip ?? '')
  return { user, priority: priorityOf(response), player, address, sinceMs: Date.now() }
}
