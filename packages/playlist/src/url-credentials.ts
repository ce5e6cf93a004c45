/**
 * Whether a query parameter of this name usually holds a credential, or a token that changes with every request. Meant for addresses of entries:
 * `u` or `p` may be anything there, and in the address of a source they are looked for by `findSecrets` of `@kptv/config`, whose list is another one for
 * that reason. A test of the worker holds the two together.
 */
export function isCredentialKey(key: string): boolean {
  return LOGIN_KEY.test(key) || TOKEN_KEY.test(key)
}

/**
 * Whether text holds an address with a login in it: `user:password@`, `username=` and the like in the query, `u=` together with `p=`, or
 * the path of a panel: `/live/USER/PASSWORD/…`. Addresses inside addresses count, also percent-encoded ones.
 */
export function holdsLogin(text: string): boolean {
  return showsLogin(text) || (text.includes('%') && showsLogin(decoded(text)))
}

/** Names of folders that hold pictures or channels, and no user or password: `/live/logos/hd/1.png` is an ordinary address. */
export function isOrdinaryFolder(segment: string): boolean {
  return ORDINARY_FOLDER.test(segment)
}

/** Percent-decoded, or as it is if that cannot be done. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function showsLogin(text: string): boolean {
  // Most texts are settled by this look: a catalogue has millions of them.
  if (!MAY_SHOW_LOGIN.test(text)) return false
  if (LOGIN_IN_QUERY.test(text) || LOGIN_IN_AUTHORITY.test(text)) return true
  if (SHORT_USER_IN_QUERY.test(text) && SHORT_PASSWORD_IN_QUERY.test(text)) return true
  for (const [, user, password] of text.matchAll(PANEL_PATH)) {
    if (!FILE.test(password!) && !isOrdinaryFolder(user!) && !isOrdinaryFolder(password!)) return true
  }
  return false
}

const PANEL_FOLDERS = '(?:live|movie|series|xmltv|epg|timeshift|playlist|hls|get|c|(?:api/)?list)/'
/** Whatever the other expressions find has one of these in it. */
const MAY_SHOW_LOGIN = new RegExp(`[?&;@]|/${PANEL_FOLDERS}`, 'i')
const LOGIN_NAMES = 'user(?:_?name)?|login|pass(?:word|wd)?|pwd|mac'
const LOGIN_KEY = new RegExp(`^(?:${LOGIN_NAMES})$`, 'i')
const LOGIN_IN_QUERY = new RegExp(`[?&;](?:${LOGIN_NAMES}|usr|pw)=[^&\\s]`, 'i')
const SHORT_USER_IN_QUERY = /[?&;]u=[^&\s]/i
const SHORT_PASSWORD_IN_QUERY = /[?&;]p=[^&\s]/i
const LOGIN_IN_AUTHORITY = /:\/\/:?[^/?#\s@:][^/?#\s@]{0,255}@/
/** At the root of an address only: `/commons/c/c5/Logo.svg/60px.png` is a common logo. */
const PANEL_PATH = new RegExp(`(?:^|//[^/?#\\s]+)/(?:${PANEL_FOLDERS})+([^/?#\\s,;|]+)/([^/?#\\s,;|]+)`, 'gi')
const FILE = /\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|xml|gz|xz|zip|json|m3u8?|ts|mpd|mp4|mkv)$/i
const ORDINARY_FOLDER =
  /^(?:logos?|images?|imgs?|icons?|pictures?|picons?|posters?|covers?|backdrops?|thumb(?:nail)?s?|assets?|static|public|files?|uploads?|channels?|streams?|guides?|tv|u?hd|fhd|sd|4k|x{1,3}l|small|large|big|original)$/i
const TOKEN_KEY =
  /^(?:.*token|.*auth|.*sign?|.*signature|(?:api|access)?[_-]?key|key-pair-id|policy|secret|jwt|hash|hdnts|hdntl|expires?|exp|st|e|session(?:[_-]?id)?|sid|wmsauthsign|nimblesessionid)$/i
