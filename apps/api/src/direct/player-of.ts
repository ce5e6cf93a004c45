import type { Request } from 'express'

/**
 * What all requests of a player for one channel share. Players send no session: they are told apart
 * by user, address and program.
 */
export function playerOf(
  request: Request,
  { user }: { readonly user?: { readonly name: string } | undefined },
  channelId: string,
): string {
  return JSON.stringify([user?.name, request.ip, request.get('user-agent'), channelId])
}
