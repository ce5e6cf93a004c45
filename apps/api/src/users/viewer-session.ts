import { createHmac, timingSafeEqual } from 'node:crypto'

/** How long a login of a viewer lasts in a browser. */
export const VIEWER_SESSION_MS = 30 * 24 * 3_600_000

/** What the browser of a viewer keeps: whose it is, and until when. */
type ViewerSession = { readonly name: string; readonly endsAtMs: number }

type SignedSession = ViewerSession & { readonly signature: Buffer }

/**
 * A login is signed with the token that its links carry: every edge that has the same users file
 * knows it, and it ends with that token. The token itself is not in it.
 */
export function writeSession({ name, endsAtMs }: ViewerSession, token: string): string {
  return [endsAtMs, Buffer.from(name).toString('base64url'), signatureOf({ name, endsAtMs }, token)].join('.')
}

/** @returns undefined if it is not one; {@link isSignedWith} says whether it is genuine */
export function readSession(value: string): SignedSession | undefined {
  const [, endsAtMs, name = '', signature = ''] = /^(\d{1,16})\.([\w-]{1,86})\.([\w-]{43})$/.exec(value) ?? []
  if (endsAtMs === undefined) return undefined
  return {
    name: Buffer.from(name, 'base64url').toString(),
    endsAtMs: Number(endsAtMs),
    signature: Buffer.from(signature, 'base64url'),
  }
}

export function isSignedWith(session: SignedSession, token: string): boolean {
  return timingSafeEqual(session.signature, Buffer.from(signatureOf(session, token), 'base64url'))
}

function signatureOf({ name, endsAtMs }: ViewerSession, token: string): string {
  return createHmac('sha256', token).update(`kptv viewer session\n${endsAtMs}\n${name}`).digest('base64url')
}
