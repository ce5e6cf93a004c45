import { createHash, createHmac, scryptSync, timingSafeEqual } from 'node:crypto'
import type { Admins } from './access.ts'

/** How long a login of an operator lasts. */
export const ADMIN_SESSION_MS = 7 * 24 * 3_600_000

/** The logins of operators: no edge remembers them, and each knows those of all others. */
export type AdminSessions = {
  readonly isPassword: (text: string) => boolean
  /**
   * What the browser keeps from a login on.
   *
   * @param name of a user whose role is `admin`; empty for the password
   */
  readonly issue: (name: string, address: string) => string
  readonly isValid: (value: string | undefined, address: string) => boolean
}

/**
 * A login is a time at which it ends, signed with a key that is made of the password: valid on all
 * edges with this password, and on none from the moment it is changed. The key is slow to make, so
 * that who has got hold of a login cannot try passwords on it. The login of a user is signed with
 * its password hash too: it ends with the password, the role, or the user.
 */
export function createAdminSessions({
  password,
  admins,
  cluster,
  nowMs,
}: {
  readonly password: string
  readonly admins: Pick<Admins, 'proofOf'>
  /** A login to one cluster is none to another with the same password. */
  readonly cluster: string
  readonly nowMs: () => number
}): AdminSessions {
  const key = scryptSync(password, `kptv admin session of ${cluster}`, 32)
  const expected = digest(password)
  const sign = (...parts: string[]): Buffer => createHmac('sha256', key).update(parts.join('\n')).digest()

  /** `undefined`: this user may not log in. */
  function signatureOf(endsAtMs: string, name: string, address: string): Buffer | undefined {
    if (name === '') return sign(endsAtMs)
    const proof = admins.proofOf(name, address)
    return proof === undefined ? undefined : sign(endsAtMs, name, proof)
  }

  return {
    isPassword: (text) => timingSafeEqual(digest(text), expected),

    issue(name, address) {
      const endsAtMs = String(nowMs() + ADMIN_SESSION_MS)
      const signature = signatureOf(endsAtMs, name, address)?.toString('base64url')
      return [endsAtMs, Buffer.from(name).toString('base64url'), signature].filter(Boolean).join('.')
    },

    isValid(value = '', address) {
      const [, endsAtMs, name = '', signature = ''] = /^(\d{1,16})\.(?:([\w-]{1,86})\.)?([\w-]{43})$/.exec(value) ?? []
      if (endsAtMs === undefined) return false
      const expectedSignature = signatureOf(endsAtMs, Buffer.from(name, 'base64url').toString(), address)
      if (expectedSignature === undefined) return false
      return timingSafeEqual(Buffer.from(signature, 'base64url'), expectedSignature) && Number(endsAtMs) > nowMs()
    },
  }
}

/** Of equal length, whatever is compared. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
