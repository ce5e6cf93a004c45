import type { Request, Response } from 'express'

/** The value of a cookie of this request. */
export function readCookie({ headers: { cookie = '' } }: Pick<Request, 'headers'>, name: string): string | undefined {
  const pairs = cookie.split(';').map((pair) => pair.trim().split('='))
  return pairs.find(([key]) => key === name)?.[1]
}

/**
 * A login in the browser: no script reads it, no other site sends it. `undefined` ends it. Behind a
 * proxy with TLS it is never sent without.
 */
export function setLoginCookie(
  { secure }: Pick<Request, 'secure'>,
  response: Response,
  { name, value, maxAgeMs }: { readonly name: string; readonly value: string | undefined; readonly maxAgeMs: number },
): void {
  const options = { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const
  if (value === undefined) response.clearCookie(name, options)
  else response.cookie(name, value, { ...options, maxAge: maxAgeMs })
}
