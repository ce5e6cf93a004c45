import type { User } from '@kptv/config'
import type { ErrorCode } from '@kptv/contract'
import type { Response } from 'express'
import type { Sight } from './sight.ts'

/** Who sends a request, and what it may do. Routes and all below them know nothing of logins. */
export type Caller = {
  /** `undefined`: everything is open to everyone. */
  readonly user: Pick<User, 'name' | 'streams' | 'onLimit' | 'priority' | 'endAtMs'> | undefined
  /** Stands in the links that it gets; `undefined`: they need none. */
  readonly linkToken: string | undefined
  /** Tells the devices of a user apart: its token, address and program, hashed. */
  readonly device: string
  /** What it may see; `undefined`: everything. */
  readonly sight: Sight | undefined
  /** Why its access has ended since, if it has: the file was changed, or a date has passed. */
  readonly refusal: () => ErrorCode | undefined
}

/** Without USERS_FILE. */
export const EVERYONE: Caller = {
  user: undefined,
  linkToken: undefined,
  device: '',
  sight: undefined,
  refusal: () => undefined,
}

export function setCaller({ locals }: Response, caller: Caller): void {
  locals.caller = caller
}

/** Of the user, among those who want connections to sources; 0 without USERS_FILE. */
export function priorityOf(response: Response): number {
  return callerOf(response).user?.priority ?? 0
}

/** Of a request that was let in. */
export function callerOf({ locals }: Response): Caller {
  const caller = locals.caller as Caller | undefined
  // A route outside the door is a mistake that must not open anything.
  if (caller === undefined) throw new Error('the request was not let in')
  return caller
}
