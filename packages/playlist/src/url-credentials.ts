import type { Attributes } from './model.ts'

/** Whether a query parameter of this name usually holds a credential, or a token that changes with every request. */
export function isCredentialKey(key: string): boolean {
  return LOGIN_KEY.test(key) || TOKEN_KEY.test(key)
}

/** Whether text holds an address with a login in it: `user:password@`, or `username=` and the like in the query. */
export function holdsLogin(text: string): boolean {
  return LOGIN_IN_QUERY.test(text) || LOGIN_IN_AUTHORITY.test(text)
}

/**
 * Attributes without those whose value shows a secret of the source or another login. Secrets shorter than 4 characters
 * are looked for as a whole part of an address only, they would be found everywhere.
 */
export function withoutSecrets(attributes: Attributes, secrets: readonly string[]): Attributes {
  const needles = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]).filter((secret) => secret !== '')
  const reveals = (value: string) => holdsLogin(value) || needles.some((secret) => shows(value, secret))
  return attributes.some(([, value]) => reveals(value)) ? attributes.filter(([, value]) => !reveals(value)) : attributes
}

function shows(value: string, secret: string): boolean {
  if (secret.length >= 4) return value.includes(secret)
  return value.includes('://') && value.split(/[/?&=:@#]/).includes(secret)
}

const LOGIN_KEY = /^(?:user(?:_?name)?|login|pass(?:word|wd)?|pwd|mac)$/i
const LOGIN_IN_QUERY = /[?&;](?:user(?:_?name)?|login|pass(?:word|wd)?|pwd|mac)=[^&\s]/i
const LOGIN_IN_AUTHORITY = /:\/\/[^/?#\s@]{1,256}@/
const TOKEN_KEY =
  /^(?:.*token|.*auth|.*sign?|.*signature|(?:api|access)?[_-]?key|key-pair-id|policy|secret|jwt|hash|hdnts|hdntl|expires?|exp|st|e|session(?:[_-]?id)?|sid|wmsauthsign|nimblesessionid)$/i
