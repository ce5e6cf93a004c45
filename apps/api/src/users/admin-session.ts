import { createHash, createHmac, scryptSync, timingSafeEqual } from 'node:crypto'

/** How long a login of an operator lasts. */
export const ADMIN_SESSION_MS = 7 * 24 * 3_600_000

/** The logins of operators: no edge remembers them, and each knows those of all others. */
export type AdminSessions = {
  readonly isPassword: (text: string) => boolean
  /** What the browser keeps from a login on. */
  readonly issue: () => string
  readonly isValid: (value: string | undefined) => boolean
}

/**
 * A login is a time at which it ends, signed with a key that is made of the password: valid on all
 * edges with this password, and on none from the moment it is changed. The key is slow to make, so
 * that who has got hold of a login cannot try passwords on it.
 */
export function createAdminSessions({
  password,
  cluster,
  nowMs,
}: {
  readonly password: string
  /** A login to one cluster is none to another with the same password. */
  readonly cluster: string
  readonly nowMs: () => number
}): AdminSessions {
  const key = scryptSync(password, `kptv admin session of ${cluster}`, 32)
  const expected = digest(password)
  const signatureOf = (endsAtMs: string): Buffer => createHmac('sha256', key).update(endsAtMs).digest()

  return {
    isPassword: (text) => timingSafeEqual(digest(text), expected),

    issue() {
      const endsAtMs = String(nowMs() + ADMIN_SESSION_MS)
      return `${endsAtMs}.${signatureOf(endsAtMs).toString('base64url')}`
    },

    isValid(value = '') {
      const [, endsAtMs, signature = ''] = /^(\d{1,16})\.([\w-]{43})$/.exec(value) ?? []
      if (endsAtMs === undefined) return false
      const isSigned = timingSafeEqual(Buffer.from(signature, 'base64url'), signatureOf(endsAtMs))
      return isSigned && Number(endsAtMs) > nowMs()
    },
  }
}

/** Of equal length, whatever is compared. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
