import { hasOrdinaryWord } from './ordinary-folder.ts'

/** User and password, as written in the path. */
type PathLogin = readonly [user: string, password: string]

/**
 * The login that a panel puts into the path of a playlist, percent-encoded as it is there. It
 * is found
 *
 * - in the two segments behind a word that only panels begin a path with (`/live/U/P/…`,
 *   `/playlist/U/P/…`);
 * - in front of a number: `/U/P/123.ts`, the oldest form;
 * - in the two segments behind `get`, `c`, `xmltv` or `epg`, which others use too: unless one of
 *   both is a file or an ordinary word;
 * - in the two segments in front of `m3u_plus`, with the same exception;
 * - in the two segments in front of any other list (`list.m3u`, `ts`), if one of both looks made up
 *   too (see {@link looksMadeUp}) and the other has three characters at least. Deeper in a path, as
 *   in `/owner/repository/branch/list.m3u`, both must look made up.
 *
 * So `/iptv/lists/tv.m3u` has none. Neither has `/joe/word/list.m3u`: nothing distinguishes it from
 * two folders.
 */
export function loginInPath(pathname: string): PathLogin | undefined {
  const behindWord = BEHIND_PANEL_WORD.exec(pathname) ?? BEFORE_NUMBER.exec(pathname)
  if (behindWord !== null) return [behindWord[1]!, behindWord[2]!]
  const behindShared = BEHIND_SHARED_WORD.exec(pathname)
  if (behindShared !== null && mayBeLogin(behindShared[1]!, behindShared[2]!))
    return [behindShared[1]!, behindShared[2]!]

  const parts = pathname.split('/').filter((part) => part !== '')
  const [user, password, list] = parts.slice(-3)
  if (user === undefined || password === undefined || list === undefined || !mayBeLogin(user, password))
    return undefined
  if (PANEL_LIST.test(list)) return [user, password]
  if (!LIST.test(list) || user.length < 3 || password.length < 3) return undefined
  const madeUp = [user, password].filter(looksMadeUp).length
  return madeUp >= (parts.length === 3 ? 1 : 2) ? [user, password] : undefined
}

/** Six or more characters with letters and digits, or six digits. */
export function looksMadeUp(part: string): boolean {
  return /^(?=.*\d)(?=.*[a-z]).{6,}$/i.test(part) || /^\d{6,}$/.test(part)
}

const BEHIND_PANEL_WORD =
  /^\/(?:(?:xmltv|epg)\/)?(?:live|movie|series|timeshift|playlist|hls|(?:api\/)?list)\/([^/]+)\/([^/]+)(?:\/|$)/i
const BEHIND_SHARED_WORD = /^\/(?:get|c|xmltv|epg)\/([^/]+)\/([^/]+)(?:\/|$)/i
const BEFORE_NUMBER = /^\/([^/]+)\/([^/]+)\/\d+(?:\.(?:ts|m3u8))?$/i
const PANEL_LIST = /^m3u_plus$/i
const LIST = /^(?:[^/]+\.(?:m3u8?|txt|php)|m3u8?|ts|mpegts|hls|simple)$/i
const FILE = /\.(?:xml|gz|zip|json|png|jpe?g|html?)$/i

function mayBeLogin(user: string, password: string): boolean {
  return [user, password].every((part) => !LIST.test(part) && !FILE.test(part) && !hasOrdinaryWord(part))
}
