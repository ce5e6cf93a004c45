import type { Request } from 'express'

/**
 * What all requests of a player for one channel share. Players send no session: they are
 * distinguished by user, address and program. A cookie would distinguish more, but Kodi has several
 * jars: its own seeks would look like those of two players.
 */
export function playerOf(
  request: Request,
  { user }: { readonly user?: { readonly name: string } | undefined },
  channelId: string,
): string {
  return JSON.stringify([user?.name, request.ip, request.get('user-agent'), channelId])
}
