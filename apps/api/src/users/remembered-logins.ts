import { createHmac, randomBytes } from 'node:crypto'
import { verifyPassword } from '@kptv/config'
import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'

/** Too many passwords wait to be checked: try again later. */
export class LoginsBusyError extends Error {
  readonly code = 'LOGINS_BUSY'
}

/** How long a password that was right is not checked again. */
const REMEMBERED_MS = 5 * 60_000
const MAX_REMEMBERED = 10_000
/** A check takes a tenth of a second of one processor, and 19 MB. */
const AT_ONCE = 2
const MAX_PENDING = 64
/** A hash of no password: an unknown name must take as long as a wrong password. */
const NOBODY = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

export type LoginCheck = {
  /** Whether this login was right a short while ago. Costs nothing. */
  readonly isRemembered: (password: string, hash: string | undefined) => boolean
  /**
   * Whether the password is right; false for `undefined`, after the same time.
   *
   * @throws LoginsBusyError when too many others wait
   */
  readonly check: (password: string, hash: string | undefined) => Promise<boolean>
}

/**
 * Checks passwords, and remembers the right ones by a keyed hash: a player that sends its login
 * with each request pays once. A changed hash is another login.
 */
export function createLoginCheck({
  monotonicMs,
  verify = verifyPassword,
}: {
  readonly monotonicMs: () => number
  readonly verify?: typeof verifyPassword
}): LoginCheck {
  const key = randomBytes(32)
  const limit = pLimit(AT_ONCE)
  const remembered = new LRUCache<string, true>({
    max: MAX_REMEMBERED,
    ttl: REMEMBERED_MS,
    ttlResolution: 0,
    perf: { now: monotonicMs },
  })
  const running = new Map<string, Promise<boolean>>()
  const markOf = (password: string, hash: string): string =>
    createHmac('sha256', key).update(`${hash}\0${password}`).digest('base64')

  async function run(mark: string, password: string, hash: string): Promise<boolean> {
    if (limit.pendingCount >= MAX_PENDING) throw new LoginsBusyError('too many passwords wait to be checked')
    const isRight = await limit(() => verify(password, hash))
    if (isRight) remembered.set(mark, true)
    return isRight
  }

  return {
    isRemembered: (password, hash) => hash !== undefined && remembered.get(markOf(password, hash)) === true,

    async check(password, hash = NOBODY) {
      const mark = markOf(password, hash)
      if (remembered.get(mark) === true) return true
      const under = running.get(mark)
      if (under !== undefined) return under
      const checking = run(mark, password, hash).finally(() => running.delete(mark))
      running.set(mark, checking)
      return checking
    },
  }
}
