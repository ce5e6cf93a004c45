/**
 * Whether `If-None-Match` names the tag (RFC 9110, 13.1.2). Not Express' `fresh`: that sends
 * everything again to a client that also says `no-cache`.
 */
export function isKnownTag(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
