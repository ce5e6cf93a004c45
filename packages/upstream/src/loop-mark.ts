/**
 * The links of our playlists: `/stream/<id or name of the channel>`, perhaps with an extension, and
 * `/logo/<id of the channel>…`, behind any prefix. Those that apps build with an Xtream login have
 * the form of all such providers, but end in a number of ten digits.
 */
const LIKE_OUR_LINK = /\/(?:stream\/+[^/]|logo\/+[0-9a-f]{16}|[^/]+\/+[^/]+\/+[12]\d{9}(?:\.\w{1,5})?\/*$)/i
const MARKS = /\bkptv-([\w-]{1,64})/g
const MAX_MARKS = 8

/**
 * The field that lets a proxy recognise its own request when it comes back (`Via`, RFC 9110 section
 * 7.6.3). It goes only to addresses that look like our links, because other providers should get no
 * field that players do not send.
 */
export function loopMarkFor(url: URL, mark: string | undefined): { readonly Via?: string } {
  return mark !== undefined && LIKE_OUR_LINK.test(unescaped(url.pathname)) ? { Via: `1.1 kptv-${mark}` } : {}
}

/**
 * In any form that a server on the way may produce: escapes may stand for any letter, and for
 * escapes.
 */
function unescaped(path: string): string {
  let text = path
  for (let round = 0; round < 3; round += 1) {
    text = text.replace(/%([0-7][0-9a-f])/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  }
  return text
}

/**
 * The marks in the `Via` of a request: which of our processes sent it. Marks of a viewer's request
 * are not passed on, so a loop through a second cluster is not detected.
 */
export function loopMarksIn(via: string | undefined): string[] {
  return Array.from((via ?? '').slice(0, 4_096).matchAll(MARKS), ([, mark]) => mark!).slice(0, MAX_MARKS)
}
