import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { readCookie } from '../http/cookie.ts'
import type { DirectPlayer } from './direct-request.ts'

const COOKIE = 'kptv_player'
/** Apple's players send it with each request of one playback. */
const PLAYBACK_FIELD = 'x-playback-session-id'
const NAME = /^[\w-]{16,64}$/
const MAX_NAMES = 5_000

type Caller = { readonly user?: { readonly name: string } | undefined }

/**
 * Tells players apart. All of one user, address and program look alike, so each answer gives its
 * player a name in a cookie, and a request that brings one back is of that player alone. Those that
 * keep no cookies are one player, since a seek must not become a second connection.
 */
export class PlayerNames {
  /** The last name given to lookalikes, until it comes back: perhaps the player keeps none. */
  readonly #unreturned = new Map<string, string>()
  /** Whose name each given one is; a name of another edge is a player's own. */
  readonly #players = new Map<string, string>()
  readonly #createName: () => string

  constructor(createName = () => randomBytes(12).toString('base64url')) {
    this.#createName = createName
  }

  playerOf(request: Request, response: Response, { user }: Caller, channelId: string): DirectPlayer {
    const lookalikes = JSON.stringify([user?.name, request.ip, request.get('user-agent'), channelId])
    const name = nameIn(request)
    if (name !== undefined) {
      if (this.#unreturned.get(lookalikes) === name) this.#unreturned.delete(lookalikes)
      return this.#player(name, { user, channelId, lookalikes })
    }
    const before = this.#unreturned.get(lookalikes) ?? ''
    const given = this.#createName()
    response.cookie(COOKIE, given, { httpOnly: true, sameSite: 'lax', secure: request.secure, path: '/' })
    keepNewest(this.#unreturned, lookalikes, given)
    keepNewest(this.#players, given, this.#players.get(before) ?? this.#createName())
    // The connection now belongs to the new name; a player that brings the one before is another.
    this.#players.delete(before)
    return this.#player(given, { user, channelId, lookalikes })
  }

  #player(name: string, { user, channelId, lookalikes }: Naming): DirectPlayer {
    return { id: JSON.stringify([user?.name, this.#players.get(name) ?? name, channelId]), lookalikes }
  }
}

type Naming = Caller & { readonly channelId: string; readonly lookalikes: string }

function nameIn(request: Request): string | undefined {
  return [request.get(PLAYBACK_FIELD), readCookie(request, COOKIE)].find((name) => NAME.test(name ?? ''))
}

function keepNewest(names: Map<string, string>, key: string, name: string): void {
  names.delete(key)
  names.set(key, name)
  const [oldest] = names.keys()
  if (names.size > MAX_NAMES && oldest !== undefined) names.delete(oldest)
}
