import { looksMadeUp } from './login-in-path.ts'
import { isOrdinaryFolder } from './ordinary-folder.ts'

/**
 * Whether a query parameter of this name usually holds a credential, or a token that changes with
 * every request. Meant for addresses of entries: `u` or `p` may be anything there. Addresses of
 * sources are judged by `isSourceCredential`.
 */
export function isEntryCredential(key: string): boolean {
  return LOGIN_KEY.test(key) || TOKEN_KEY.test(key)
}

/**
 * Whether text holds an address that visibly carries a login: `user:password@`, `username=` and the
 * like in the query, `u=` together with `p=`, or the path of a panel's stream or guide
 * (`/live/USER/PASSWORD/123.ts`, `/xmltv/USER/PASSWORD`). Addresses inside addresses count, also
 * percent-encoded ones.
 *
 * Folders alone prove nothing: `/epg/cms/production/logo.png` is an ordinary address. A login in
 * such a place is recognised because the list has shown it elsewhere, see
 * `createLoginMemory`.
 */
export function showsLogin(text: string): boolean {
  return showsPlainly(text) || (text.includes('%') && showsPlainly(decodedPath(text)))
}

/** Percent-decoded, or as it is if that cannot be done. */
export function decodedPath(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function showsPlainly(text: string): boolean {
  // This check settles most texts: a catalogue has millions of them.
  if (!MAY_SHOW_LOGIN.test(text)) return false
  if (LOGIN_IN_QUERY.test(text) || LOGIN_IN_AUTHORITY.test(text)) return true
  if (SHORT_USER_IN_QUERY.test(text) && SHORT_PASSWORD_IN_QUERY.test(text)) return true
  for (const [, word, user, password, rest] of text.matchAll(PANEL_PATH)) {
    if (isPanelLogin({ word: word!, user: user!, password: password!, rest: rest! })) return true
  }
  return false
}

type PanelPath = { readonly word: string; readonly user: string; readonly password: string; readonly rest: string }

function isPanelLogin({ word, user, password, rest }: PanelPath): boolean {
  if (FILE.test(password) || isOrdinaryFolder(user) || isOrdinaryFolder(password)) return false
  if (looksMadeUp(user) && looksMadeUp(password)) return true
  if (/^xmltv$/i.test(word)) return rest === ''
  if (/^playlist$/i.test(word)) return /^\/m3u(?:_plus)?$/i.test(rest)
  return STREAM_NUMBER.test(rest) && !(isDatePart(user) && isDatePart(password))
}

/** `/movie/2024/05/12.jpg` is a date. */
function isDatePart(text: string): boolean {
  return /^(?:(?:19|20)\d\d|[0-3]?\d)$/.test(text)
}

const PANEL_WORD = '(live|movie|series|timeshift|xmltv|playlist)/'
/** Every match of the other expressions contains one of these. */
const MAY_SHOW_LOGIN = new RegExp(`[?&;@]|/${PANEL_WORD}`, 'i')
const LOGIN_NAMES = 'user(?:_?name)?|login|pass(?:word|wd)?|pwd|mac'
const LOGIN_KEY = new RegExp(`^(?:${LOGIN_NAMES})$`, 'i')
const LOGIN_IN_QUERY = new RegExp(`[?&;](?:${LOGIN_NAMES}|usr|pw)=[^&\\s]`, 'i')
const SHORT_USER_IN_QUERY = /[?&;]u=[^&\s]/i
const SHORT_PASSWORD_IN_QUERY = /[?&;]p=[^&\s]/i
const LOGIN_IN_AUTHORITY = /:\/\/:?[^/?#\s@:][^/?#\s@]{0,255}@/
const SEGMENT = '[^/?#\\s,;|]+'
/** At the root of an address only. */
const PANEL_PATH = new RegExp(
  `(?:^|//[^/?#\\s]+)/(?:xmltv/(?=live/))?${PANEL_WORD}(${SEGMENT})/(${SEGMENT})((?:/${SEGMENT})*)`,
  'gi',
)
/** A stream, a logo named after one, or the address of an archive with its placeholders. */
const STREAM_NUMBER = /^(?:\/[^/]+){0,3}?\/\d+(?:\.\w+)?$/
const FILE = /\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|xml|gz|xz|zip|json|m3u8?|ts|mpd|mp4|mkv)$/i
const TOKEN_KEY =
  /^(?:.*token|.*auth|.*sign?|.*signature|(?:api|access)?[_-]?key|key-pair-id|policy|secret|jwt|hash|hdnts|hdntl|expires?|exp|st|e|session(?:[_-]?id)?|sid|wmsauthsign|nimblesessionid)$/i
