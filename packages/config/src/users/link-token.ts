import { createHmac } from 'node:crypto'
import type { User } from './user.ts'

/**
 * The token of links that a user gets after a login with its password, the same on all nodes.
 * Another password or another `links` in the file makes another token. `undefined` without a
 * password: then links carry the token of the request.
 */
export function linkTokenOf({
  name,
  passwordHash,
  linkNumber,
}: Pick<User, 'name' | 'passwordHash' | 'linkNumber'>): string | undefined {
  if (passwordHash === undefined) return undefined
  return createHmac('sha256', passwordHash).update(`link ${linkNumber} ${name}`).digest('base64url').slice(0, 32)
}
