/** The links of our playlists end so: `/stream/<id of the channel>.ts`. */
const LIKE_OUR_LINK = /\/stream\/[0-9a-f]{16}(?:\.ts)?$/i
const MARKS = /\bkptv-([\w-]{1,64})/g
const MAX_MARKS = 8

/**
 * The field that lets a proxy know its own request when it comes back to it (`Via`, RFC 9110 section 7.6.3). Only for addresses that look like our links:
 * providers shall get no field that players do not send.
 */
export function loopMarkFor(url: URL, mark: string | undefined): { Via?: string } {
  return mark !== undefined && LIKE_OUR_LINK.test(url.pathname) ? { Via: `1.1 kptv-${mark}` } : {}
}

/** The marks in the `Via` of a request: who of our kind has sent it. What a viewer's request brings is not passed on, so a way through a second cluster is not seen. */
export function loopMarksIn(via: string | undefined): string[] {
  return Array.from((via ?? '').slice(0, 4_096).matchAll(MARKS), ([, mark]) => mark!).slice(0, MAX_MARKS)
}
